"""The errors of InvokeEndpoint that a container causes, in AWS's words."""

from __future__ import annotations

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.container_client import ContainerResponse
from local_aws.sagemaker.hosting.container_connection import ContainerError, TimedOutError
from local_aws.sagemaker.hosting.measurements import Invocation
from local_aws.sagemaker.hosting.model_container import ModelContainer
from local_aws.sagemaker.hosting.model_instance import ModelInstance

MAX_ORIGINAL_MESSAGE = 1024
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {container}. "
    "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


def model_error(
    scope: Scope, instance: ModelInstance | ModelContainer, status: int, message: str, container: str = "primary"
) -> AwsError:
    """ModelError, with the container's status and message."""
    side = "client" if 400 <= status < 500 else "server"
    name = instance.place.endpoint.name
    console = f"https://{scope.region}.console.aws.amazon.com/cloudwatch/home?region={scope.region}"
    return AwsError(
        "ModelError",
        f'Received {side} error ({status}) from {container} with message "{message[:MAX_ORIGINAL_MESSAGE]}". '
        f"See {console}#logEventViewer:group=/aws/sagemaker/Endpoints/{name} "
        f"in account {scope.account} for more information.",
        status=424,
        members={"OriginalStatusCode": status, "OriginalMessage": message, "LogStreamArn": instance.log_stream_arn},
    )


class UndeliveredError(Exception):
    """A request that no container has seen may be sent to another instance; otherwise `error` is its response."""

    def __init__(self, error: AwsError, invocation: Invocation) -> None:
        super().__init__(error.message)
        self.error, self.invocation = error, invocation


def of_failure(
    scope: Scope, instance: ModelInstance | ModelContainer, error: ContainerError, container: str = "primary"
) -> AwsError:
    """ModelError for a container that did not respond."""
    if isinstance(error, TimedOutError):
        return model_error(scope, instance, 0, TIMED_OUT.format(container=container), container)
    return model_error(scope, instance, 500, f"The container does not answer: {error}", container)


def of_response(
    scope: Scope, instance: ModelInstance | ModelContainer, response: ContainerResponse, container: str = "primary"
) -> AwsError:
    """ModelError for a response that is no success."""
    return model_error(scope, instance, response.status, response.body.decode(errors="replace"), container)
