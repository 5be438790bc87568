"""A request of InvokeEndpointAsync: what it may contain, and where its output and its failure go."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting.invocation_modes import Call

PREFIX = "x-amzn-sagemaker-"
TTL_SECONDS, TIMEOUT_SECONDS = 21_600, 900
"""The defaults of RequestTTLSeconds and InvocationTimeoutSeconds."""
FAILURE_SUFFIX = "-error.out"
"""The suffix as users quote it; AWS documents only that the response names the whole location."""
PASSED_ON = ("custom-attributes", "inference-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncRequest:
    """One request that was accepted. All values are JSON, because a state file keeps it until it has ended."""

    endpoint: str
    inference_id: str
    received: float
    """Unix time."""
    content_type: str | None
    accept: str | None
    passed_on: dict[str, str]
    """SageMaker's headers for the container."""
    input: str | None
    """The S3 location; None for an inline body."""
    body: str
    """The inline body in base64."""
    ttl_seconds: int
    timeout_seconds: int
    output: str | None
    failure: str | None
    settings: dict[str, Any]
    """OutputConfig of the configuration that accepted it."""
    role: str
    """The model's execution role, which reads the input, writes the output and publishes."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the container gets."""
        plain = {"Content-Type": self.content_type, "Accept": self.accept}
        return {**{name: value for name, value in plain.items() if value}, **self.passed_on}

    @property
    def inline(self) -> bytes:
        """The inline body."""
        return base64.b64decode(self.body)

    def has_expired(self, now: float, speed: float) -> bool:
        """Whether it has waited longer than RequestTTLSeconds, by a clock of this speed."""
        return (now - self.received) * speed > self.ttl_seconds

    def as_details(self) -> dict[str, Any]:
        """The request as a record keeps it."""
        return asdict(self)


def accepted(call: Call, config: Mapping[str, Any], role: str) -> AsyncRequest:
    """The request of a call to an endpoint with this AsyncInferenceConfig. Raises ValidationError."""
    value = {name: call.headers.get(f"{PREFIX}{name}") for name in _HEADERS}
    if bool(value["inputlocation"]) == bool(call.body):
        raise AwsError("ValidationError", "Body and InputLocation are mutually exclusive. Provide exactly one of them.")
    settings, name = dict(config["OutputConfig"]), str(uuid.uuid4())
    passed_on = {f"X-Amzn-SageMaker-{name.title()}": text for name in PASSED_ON if (text := value[name])}
    folder, file = value["s3outputpathextension"], value["filename"]
    return AsyncRequest(
        endpoint=call.endpoint,
        inference_id=value["inference-id"] or str(uuid.uuid4()),
        received=time.time(),
        content_type=value["content-type"],
        accept=value["accept"],
        passed_on=passed_on,
        input=value["inputlocation"],
        body=base64.b64encode(call.body).decode(),
        ttl_seconds=int(value["requestttlseconds"] or TTL_SECONDS),
        timeout_seconds=int(value["invocationtimeoutseconds"] or TIMEOUT_SECONDS),
        output=_location(settings.get("S3OutputPath"), folder, file or f"{name}.out"),
        failure=_location(settings.get("S3FailurePath"), None, f"{name}{FAILURE_SUFFIX}"),
        settings=settings,
        role=role,
    )


def restored(details: Mapping[str, Any]) -> AsyncRequest:
    """The request of a record that the last server has kept."""
    return AsyncRequest(**{name: details[name] for name in AsyncRequest.__dataclass_fields__})


_HEADERS = (
    "content-type",
    "accept",
    "custom-attributes",
    "inference-id",
    "inputlocation",
    "s3outputpathextension",
    "filename",
    "requestttlseconds",
    "invocationtimeoutseconds",
)


def _location(path: str | None, folder: str | None, name: str) -> str | None:
    if path is None:
        return None
    return "/".join(part.strip("/") if part is folder else part.rstrip("/") for part in (path, folder, name) if part)
