"""What a request to the runtime API may contain: the limits of botocore's model, refused as SageMaker does."""

from __future__ import annotations

import re
from functools import lru_cache

from botocore.model import Shape, StructureShape

from local_aws.api.errors import AwsError, not_implemented
from local_aws.api.service import service_model
from local_aws.sagemaker.hosting.invocation_modes import Call

UNSUPPORTED = {"x-amzn-sagemaker-inference-component": "inference components (InferenceComponentName)"}
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def check(call: Call) -> None:
    """Raise ValidationError for a member that is too long, too short or malformed."""
    for header, feature in UNSUPPORTED.items():
        if header in call.headers:
            raise not_implemented(feature)
    body_limit, limits = _limits(call.operation)
    if len(call.body) > body_limit:
        raise _violation("body", f"Member must have length less than or equal to {body_limit}")
    headers = call.headers
    for header, (member, least, most, pattern) in limits.items():
        if (value := headers.get(header)) is None:
            continue
        if len(value) > most:
            raise _violation(member, f"Member must have length less than or equal to {most}")
        if len(value) < least:
            raise _violation(member, f"Member must have length greater than or equal to {least}")
        if pattern and not NAME.fullmatch(value):
            raise _violation(member, f"Member must satisfy regular expression pattern: {pattern}")


Limit = tuple[str, int, int, str]
"""A member, its least and greatest length, and its pattern if it is a name."""


@lru_cache
def _limits(operation: str) -> tuple[int, dict[str, Limit]]:
    """The greatest length of the body, and the limits of the headers."""
    shape = service_model("sagemaker-runtime").operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)  # noqa: S101 (every operation of the runtime has members)
    members = shape.members
    headers = {
        member.serialization["name"].lower(): _limit(name, member)
        for name, member in members.items()
        if member.serialization.get("location") == "header" and member.type_name == "string"
    }
    return members["Body"].metadata["max"], headers


def _limit(name: str, member: Shape) -> Limit:
    pattern = member.metadata.get("pattern", "")
    is_name = pattern.strip("^$") == NAME.pattern
    camel = name[0].lower() + name[1:]
    return camel, member.metadata.get("min", 0), member.metadata["max"], pattern if is_name else ""


def _violation(member: str, constraint: str) -> AwsError:
    message = f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
    return AwsError("ValidationError", message)
