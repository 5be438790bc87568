"""A pinned endpoint, one stack each: what a pull request promoted, under a name that stays the same for clients.

Its resources are the deploy function's requests, so what was tested in one environment is what the next one serves.
CloudFormation generates the names of the model and of the endpoint configuration: neither can be changed in place, so
an update creates new ones before it deletes the old.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.catalogue.pinned_endpoints import Pin
from launchpad.requests import (
    Definition,
    Environment,
    Request,
    endpoint_config_request,
    endpoint_request,
    model_request,
)
from launchpad.settings import EnvironmentSettings, PinnedEndpoint
from stacks.access import AccessStack
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.endpoint_alarms import endpoint_alarms
from stacks.constructs.endpoint_scaling import scale_with_load
from stacks.constructs.endpoint_update import deployment_config
from stacks.observability import ObservabilityStack
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import statement
from stacks.registry import ImageStack


class EndpointStack(PlatformStack):
    """Model, endpoint configuration and endpoint, with the alarms that roll an update back, and scaling."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        pin: Pin,
        *,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        images: Mapping[str, ImageStack],
        observability: ObservabilityStack,
    ) -> None:
        workload = pin.definition["name"]
        super().__init__(scope, settings, f"endpoint-{workload}", f"Endpoint of workload {workload}")
        environment = self._environment(storage, network, access, images)
        pinned = pin.endpoint
        model = self._resource("Model", model_request(pin.definition, environment, _model(pinned)))
        if pinned.model_data:
            model.node.add_dependency(self._may_read(workload, pinned, access.serving_role))
        config = self._resource(
            "EndpointConfig", endpoint_config_request(pin.definition, environment, _name_of(model, "Model"))
        )
        request = endpoint_request(pin.definition, environment, _name_of(config, "EndpointConfig"))
        alarms = endpoint_alarms(self, request["EndpointName"], settings.alarms, observability.alerts.topic_arn)
        endpoint = cdk.CfnResource(
            self,
            "Endpoint",
            type="AWS::SageMaker::Endpoint",
            properties={
                **request,
                "DeploymentConfig": deployment_config(pinned, _instance_count(pin.definition), alarms),
                # An update would otherwise reset the number of instances that scaling has set.
                **({"RetainAllVariantProperties": True} if pinned.scales else {}),
            },
        )
        if pinned.scales:
            scale_with_load(self, endpoint, request["EndpointName"], pinned)
        self.output("EndpointName", request["EndpointName"], "To be invoked (InvokeEndpoint)")
        self.output("Serves", _model(pinned), "The model that the config pins")

    def _resource(self, kind: str, request: Request) -> cdk.CfnResource:
        """Turn a request into a resource: CloudFormation's properties have the names of the API's members."""
        properties = {name: value for name, value in request.items() if name != f"{kind}Name"}
        return cdk.CfnResource(self, kind, type=f"AWS::SageMaker::{kind}", properties=properties)

    def _environment(
        self,
        storage: Storage,
        network: JobNetwork,
        access: AccessStack,
        images: Mapping[str, ImageStack],
    ) -> Environment:
        return Environment(
            name=self.settings.name,
            region=self.settings.region,
            data_bucket=storage.data_bucket,
            model_bucket=storage.model_bucket,
            kms_key_arn=storage.key_arn,
            training_role_arn=access.training_role.role_arn,
            serving_role_arn=access.serving_role.role_arn,
            subnet_ids=network.subnet_ids,
            security_group_ids=(network.security_group_id,),
            containers={name: image.uri for name, image in images.items()},
            tags=self.settings.tags,
        )

    def _may_read(self, workload: str, pinned: PinnedEndpoint, role: iam.Role) -> iam.CfnPolicy:
        """Let the serving role read the pinned artifact, which may be in another environment's bucket.

        The policy has the workload's name, because IAM replaces a role's inline policy of the same name.
        """
        statements = [statement(["s3:GetObject"], [f"arn:{self.partition_name}:s3:::{pinned.model_objects}"])]
        if pinned.model_data_key:
            statements.append(statement(["kms:Decrypt"], [pinned.model_data_key]))
        return attach(self, f"Read-{workload}", role, statements)


def _model(pinned: PinnedEndpoint) -> str:
    model = pinned.model_data or pinned.model_package
    assert model  # noqa: S101 -- the config has exactly one of the two
    return model


def _name_of(resource: cdk.CfnResource, kind: str) -> str:
    return resource.get_att(f"{kind}Name").to_string()


def _instance_count(definition: Definition) -> int:
    instance: dict[str, Any] = definition["serving"]["instance"]
    return int(instance["count"])
