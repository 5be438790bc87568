"""The members of InvokeEndpoint that name a part of an endpoint: TargetModel and TargetContainerHostname.

The words about TargetModel are AWS's, from reports of users. For TargetContainerHostname AWS documents a validation
error in three cases ("Invoke a multi-container endpoint with direct invocation"), not the words.
"""

from __future__ import annotations

from uuid import uuid4

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting.invocation_modes import Call
from local_aws.sagemaker.hosting.model_container import ModelContainer
from local_aws.sagemaker.hosting.model_instance import ModelInstance

TARGET_MODEL = "x-amzn-sagemaker-target-model"
TARGET_CONTAINER = "x-amzn-sagemaker-target-container-hostname"


def check_target_model(call: Call, containers: list[ModelContainer]) -> None:
    """Raise ValidationError unless TargetModel is given exactly if one of the containers is a multi-model one."""
    several = any(container.is_multi_model for container in containers)
    if several and not call.headers.get(TARGET_MODEL):
        raise _refusal(f"Request {uuid4()} is missing a target model header.")
    if not several and TARGET_MODEL in call.headers:
        raise _refusal(
            f"Endpoint {call.endpoint} is not a multi-model endpoint and does not support target model header."
        )


def target_container(call: Call, instance: ModelInstance) -> ModelContainer | None:
    """The container that the request is for; None if it is for all. Raises ValidationError."""
    name = call.headers.get(TARGET_CONTAINER)
    if not instance.is_direct:
        if name is not None:
            raise _refusal(
                f"Endpoint {call.endpoint} is not configured for direct invocation and does not support target "
                "container hostname header."
            )
        return None
    if not name:
        raise _refusal(f"Request {uuid4()} is missing a target container hostname header.")
    for container in instance.containers:
        if container.name == name:
            return container
    raise _refusal(f"Container {name} not found for endpoint {call.endpoint}.")


def _refusal(message: str) -> AwsError:
    return AwsError("ValidationError", message)
