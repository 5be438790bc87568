"""A captured request as AWS writes it: one JSON object on one line.

The form is that of "Capture data from real-time endpoint" (developer guide) and of AWS's published samples. Note: the
list around customAttributes comes from users' files; AWS documents no form.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

from local_aws.sagemaker.hosting.capture_settings import CaptureSettings, CaptureTarget

DEFAULT_TYPE = "application/octet-stream"
INFERENCE_ID, CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-inference-id", "x-amzn-sagemaker-custom-attributes"


class Captured(NamedTuple):
    """One request and its answer, as they were; a tuple, because it is made in a request's path."""

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
    """The line for a file, with its line end.

    Note: only strings are encoded by `json`, because the whole object would take twice as long, for each request.
    """
    settings, payloads = captured.target.settings, []
    if "INPUT" in settings.modes:
        content_type = captured.headers.get("content-type") or DEFAULT_TYPE
        payloads.append(f'"endpointInput":{_payload(settings, "INPUT", content_type, captured.request)}')
    if "OUTPUT" in settings.modes:
        payloads.append(f'"endpointOutput":{_payload(settings, "OUTPUT", captured.content_type, captured.response)}')
    data, metadata = ",".join(payloads), _metadata(captured)
    line = f'{{"captureData":{{{data}}},"eventMetadata":{{{metadata}}},"eventVersion":"0"}}\n'
    return line.encode()


def _payload(settings: CaptureSettings, mode: str, content_type: str, body: bytes) -> str:
    data, encoding = _encoded(settings.encodings.get(_media_type(content_type)), body)
    return (
        f'{{"observedContentType":{_quoted(content_type)},"mode":"{mode}",'
        f'"data":{encode_basestring(data)},"encoding":"{encoding}"}}'
    )


def _encoded(encoding: str | None, body: bytes) -> tuple[str, str]:
    """The body as text, and its encoding: base64 for a type that isn't listed, and for what isn't UTF-8."""
    if encoding:
        try:
            return body.decode(), encoding
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), "BASE64"


def _metadata(captured: Captured) -> str:
    parts = [f'"eventId":"{uuid.uuid4()}"']
    if inference_id := captured.headers.get(INFERENCE_ID):
        parts.append(f'"inferenceId":{encode_basestring(inference_id)}')
    if attributes := captured.headers.get(CUSTOM_ATTRIBUTES):
        parts.append(f'"customAttributes":[{encode_basestring(attributes)}]')
    parts.append(f'"inferenceTime":"{_second(int(captured.moment))}"')
    return ",".join(parts)


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    return encode_basestring(text)


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=64)
def _second(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
