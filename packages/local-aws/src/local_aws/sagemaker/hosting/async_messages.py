"""The messages that asynchronous endpoints publish to SNS, in the form in which AWS sends them.

Members, their order and the words of a cut response are those of published messages; the developer guide has the first.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.hosting.async_requests import AsyncRequest

MAX_INCLUDED = 128 * 1024
"""Bytes of a response that a message may include."""
LOOK_ELSEWHERE = "Check S3 path location(if configured) or Cloudwatch for additional details."
TOPICS = {"Completed": "SUCCESS_NOTIFICATION_TOPIC", "Failed": "ERROR_NOTIFICATION_TOPIC"}

TEST_MESSAGE = json.dumps(
    {"eventVersion": "1.0", "eventSource": "aws:sagemaker", "eventName": "TestNotification"}, separators=(",", ":")
)
"""Sent when an endpoint is created or changed, so that a missing permission shows early."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a request ended."""

    ended: float
    """Unix time."""
    content_type: str | None = None
    body: bytes = b""
    """The response of the container, also of one that failed."""
    failure: str | None = None
    """failureReason; None if it succeeded."""
    stored: bool = True
    """Whether S3 has the body."""


def topic_of(request: AsyncRequest, result: Result) -> str | None:
    """The topic that gets the result's message, or None."""
    topics = request.settings.get("NotificationConfig", {})
    topic = topics.get("ErrorTopic" if result.failure else "SuccessTopic")
    return str(topic) if topic else None


def message(region: str, request: AsyncRequest, result: Result) -> str:
    """The message for the result's topic."""
    status = "Failed" if result.failure else "Completed"
    members = {
        "awsRegion": region,
        "eventTime": _time(result.ended),
        "receivedTime": _time(request.received),
        "invocationStatus": status,
        "failureReason": result.failure,
        "requestParameters": _without_none(
            accept=request.accept,
            contentType=request.content_type,
            endpointName=request.endpoint,
            inputLocation=request.input,
        ),
        "responseParameters": None if result.failure else _response_parameters(request, result),
        "failureLocation": request.failure if result.failure and result.stored else None,
        "responseBody": _body(result) if TOPICS[status] in _included(request.settings) else None,
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    return json.dumps(_without_none(**members), separators=(",", ":"))


def _response_parameters(request: AsyncRequest, result: Result) -> dict[str, Any]:
    return _without_none(contentType=result.content_type, outputLocation=request.output)


def _included(settings: Mapping[str, Any]) -> list[str]:
    return list(settings.get("NotificationConfig", {}).get("IncludeInferenceResponseIn", ()))


def _body(result: Result) -> dict[str, str]:
    fits = len(result.body) <= MAX_INCLUDED
    content = {"content": base64.b64encode(result.body).decode()} if fits else {}
    return {**content, "message": LOOK_ELSEWHERE, "encoding": "BASE64"}


def _time(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
