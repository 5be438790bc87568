"""A captured request as AWS writes it: one JSON object on one line.

The form is that of "Capture data from real-time endpoint" (developer guide) and of AWS's published samples. Note: the
list around customAttributes comes from users' files; AWS documents no form.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.hosting.capture_settings import CaptureSettings, CaptureTarget

DEFAULT_TYPE = "application/octet-stream"
INFERENCE_ID, CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-inference-id", "x-amzn-sagemaker-custom-attributes"


@dataclass(frozen=True, slots=True)
class Captured:
    """One request and its answer, as they were."""

    target: CaptureTarget
    moment: float
    """When the request came, in seconds since 1970."""
    headers: Mapping[str, str]
    """The request's; names in lower case."""
    request: bytes
    content_type: str
    """The answer's."""
    response: bytes

    @property
    def size(self) -> int:
        """The bytes of both bodies."""
        return len(self.request) + len(self.response)


def record(captured: Captured) -> bytes:
    """The line for a file, with its line end."""
    settings, data = captured.target.settings, {}
    if "INPUT" in settings.modes:
        content_type = captured.headers.get("content-type") or DEFAULT_TYPE
        data["endpointInput"] = _payload(settings, "INPUT", content_type, captured.request)
    if "OUTPUT" in settings.modes:
        data["endpointOutput"] = _payload(settings, "OUTPUT", captured.content_type, captured.response)
    event = {"captureData": data, "eventMetadata": _metadata(captured), "eventVersion": "0"}
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _payload(settings: CaptureSettings, mode: str, content_type: str, body: bytes) -> dict[str, str]:
    data, encoding = _encoded(settings.encodings.get(content_type.partition(";")[0].strip().lower()), body)
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _encoded(encoding: str | None, body: bytes) -> tuple[str, str]:
    """The body as text, and its encoding: base64 for a type that isn't listed, and for what isn't UTF-8."""
    if encoding:
        try:
            return body.decode(), encoding
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), "BASE64"


def _metadata(captured: Captured) -> dict[str, Any]:
    metadata: dict[str, Any] = {"eventId": str(uuid.uuid4())}
    if inference_id := captured.headers.get(INFERENCE_ID):
        metadata["inferenceId"] = inference_id
    if attributes := captured.headers.get(CUSTOM_ATTRIBUTES):
        metadata["customAttributes"] = [attributes]
    moment = datetime.fromtimestamp(captured.moment, UTC)
    return {**metadata, "inferenceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
