"""Resource types for hosting: models, endpoint configurations, endpoints and model package groups."""

from __future__ import annotations

import math
from typing import Any

from local_aws.cloudformation.resource_type import Created, Properties
from local_aws.cloudformation.sagemaker_resource import SageMakerResource


class HostingResource(SageMakerResource):
    """A type whose errors are the API's messages only."""

    shows_code = False


class Model(HostingResource):
    """Immutable, except for its tags."""

    type_name = "AWS::SageMaker::Model"
    noun = "Model"
    name_property = "ModelName"
    attributes = ("ModelArn", "ModelName")


class EndpointConfig(HostingResource):
    """Immutable, except for its tags."""

    type_name = "AWS::SageMaker::EndpointConfig"
    noun = "EndpointConfig"
    name_property = "EndpointConfigName"
    attributes = ("EndpointConfigArn", "EndpointConfigName")


class Endpoint(HostingResource):
    """A failed update leaves the endpoint in service unchanged, with the reason: that fails the stack too."""

    type_name = "AWS::SageMaker::Endpoint"
    noun = "Endpoint"
    name_property = "EndpointName"
    attributes = ("EndpointArn", "EndpointName")
    busy = frozenset({"Creating", "Updating", "RollingBack", "Deleting"})
    status = "EndpointStatus"
    patience = math.inf  # its first start may build the image's environment

    def failed(self, described: dict[str, Any]) -> bool:
        """Whether it has a FailureReason."""
        return "FailureReason" in described


class ModelPackageGroup(HostingResource):
    """Immutable, except for its tags, because this server has no policies of groups."""

    type_name = "AWS::SageMaker::ModelPackageGroup"
    noun = "ModelPackageGroup"
    name_property = "ModelPackageGroupName"
    attributes = ("CreationTime", "ModelPackageGroupArn", "ModelPackageGroupName", "ModelPackageGroupStatus")

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        _refuse_policy(properties)
        return super()._create(client, name, properties)

    def change(self, client: Any, key: dict[str, Any], old: Properties, new: Properties) -> None:
        """Refuse a policy, the only property that could change."""
        del client, key, old
        _refuse_policy(new)


def _refuse_policy(properties: Properties) -> None:
    if "ModelPackageGroupPolicy" in properties:
        raise ValueError("Encountered unsupported property ModelPackageGroupPolicy")


TYPES = (Model(), EndpointConfig(), Endpoint(), ModelPackageGroup())
