"""Invokes an endpoint: for one answer, or for one that comes in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import SERVING, missing

ANSWERING = (SERVING, "Updating", "SystemUpdating", "RollingBack")
"""The values of EndpointStatus with which an endpoint answers."""
MODEL_ERRORS = ("ModelError", "ModelStreamError")


@dataclass(frozen=True)
class Question:
    """A request to an endpoint."""

    body: bytes
    content_type: str
    accept: str | None = None
    variant: str | None = None
    """The only production variant that may answer; without it, one by their weights."""
    inference_id: str | None = None
    """The caller's name of the request, in what the endpoint captures and writes."""
    target_model: str | None = None
    """The model of a shared endpoint."""

    def arguments(self, endpoint: str) -> dict[str, Any]:
        """The keyword arguments of `invoke_endpoint`."""
        options = {
            "Accept": self.accept,
            "TargetVariant": self.variant,
            "InferenceId": self.inference_id,
            "TargetModel": self.target_model,
        }
        chosen = {name: value for name, value in options.items() if value}
        return {"EndpointName": endpoint, "Body": self.body, "ContentType": self.content_type, **chosen}


@dataclass(frozen=True)
class Answer:
    """An endpoint's response."""

    body: bytes
    content_type: str
    variant: str
    """The production variant that responded; empty if the response doesn't say it."""


class ModelAnsweredError(LaunchpadError):
    """The model refused the request or failed on it; the endpoint remains in service."""


def without_line_end(body: bytes, content_type: str) -> bytes:
    """CSV without the end of its last line: AWS's XGBoost image takes what follows it for a row."""
    return body.rstrip(b"\r\n") if content_type.startswith("text/csv") else body


def predict(connection: Connection, endpoint: str, question: Question) -> Answer:
    """Invoke the endpoint (InvokeEndpoint).

    Raises:
        ModelAnsweredError: the model responded with an error; carries its status and its message.
        LaunchpadError: the endpoint doesn't exist, or is not in service.
    """
    runtime = connection.client("sagemaker-runtime")
    try:
        response = runtime.invoke_endpoint(**question.arguments(endpoint))
    except ClientError as error:
        raise explained(connection, error, endpoint) from None
    return Answer(response["Body"].read(), response["ContentType"], response.get("InvokedProductionVariant", ""))


def stream(connection: Connection, endpoint: str, question: Question) -> Iterator[bytes]:
    """Invoke the endpoint for an answer in parts (InvokeEndpointWithResponseStream); yield each as it comes.

    Note: the parts don't end where lines or words do.

    Raises:
        ModelAnsweredError: the model responded with an error, or broke off in the middle of its answer.
        LaunchpadError: the endpoint doesn't exist, or is not in service.
    """
    runtime = connection.client("sagemaker-runtime")
    try:
        response = runtime.invoke_endpoint_with_response_stream(**question.arguments(endpoint))
        for event in response["Body"]:
            if part := event.get("PayloadPart"):
                yield part["Bytes"]
    except ClientError as error:  # an error in the middle of a stream is one too (EventStreamError)
        raise explained(connection, error, endpoint) from None


def explained(connection: Connection, error: ClientError, endpoint: str) -> LaunchpadError | ClientError:
    """The error of an invocation as a person needs it; unchanged if AWS's words are enough."""
    response: Any = error.response
    code = response["Error"]["Code"]
    if code in MODEL_ERRORS:
        return _model_error(response, endpoint, connection.name)
    if code == "ModelNotReadyException":
        return LaunchpadError(f"{endpoint} is still loading the model, which takes minutes if it is large; ask again")
    if absent := missing(error, connection, endpoint):
        return _not_serving(connection, endpoint) or absent
    return error


def _model_error(response: Mapping[str, Any], endpoint: str, environment: str) -> ModelAnsweredError:
    status = response.get("OriginalStatusCode") or response.get("ErrorCode") or "an error"
    words = " ".join(str(response.get("OriginalMessage") or response["Error"]["Message"]).split())
    message = words.partition(" Traceback (most recent call last)")[0]  # AWS's toolkit appends it
    return ModelAnsweredError(
        f"the model answered {status}: {message} (its log: `launchpad logs {endpoint} --env {environment}`)"
    )


def _not_serving(connection: Connection, endpoint: str) -> LaunchpadError | None:
    """Why an existing endpoint does not answer; None if it serves, or doesn't exist.

    Note: to InvokeEndpoint an endpoint that is not in service does not exist.
    """
    try:
        description = connection.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    except ClientError:  # absent, or the caller may invoke only
        return None
    status = description["EndpointStatus"]
    if status in ANSWERING:
        return None
    reason = f": {' '.join(description['FailureReason'].split())}" if description.get("FailureReason") else ""
    remedy = f"`launchpad logs {endpoint} --env {connection.name}` shows its log"
    return LaunchpadError(f"endpoint {endpoint} is {status} and does not answer{reason}; {remedy}")
