"""What a request to the runtime API may contain: the constraints of botocore's model, refused as SageMaker does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from botocore.model import Shape, StructureShape

from local_aws.api.errors import AwsError, not_implemented
from local_aws.api.service import service_model
from local_aws.api.validation import Problem, broken, reported
from local_aws.sagemaker.hosting.invocation_modes import Call

UNSUPPORTED = {
    "x-amzn-sagemaker-inference-component": "inference components (InferenceComponentName)",
    "x-amzn-sagemaker-prefix-aware-id": "routing by prefixes (PrefixAwareId): use SessionId",
    "x-amzn-sagemaker-enable-explanations": (
        "explanations (EnableExplanations), because AWS closed Clarify to new customers on 2026-07-30"
    ),
}
"""What no endpoint here has, by the header that asks for it."""
NUMBER = re.compile(r"-?[0-9]{1,10}")


def check(call: Call) -> None:
    """Raise ValidationError for a member that is too long, too short, malformed or out of range."""
    body_limit, headers = _limits(call.operation)
    if len(call.body) > body_limit:
        refuse([Problem("", "body", f"Member must have length less than or equal to {body_limit}")])
    problems = list(broken(_endpoint(), call.endpoint, "endpointName"))
    for header, (member, shape) in headers.items():
        if (value := call.headers.get(header)) is not None:
            problems += broken(shape, _typed(member, shape, value), member)
    if problems:
        refuse(problems)
    for header, feature in UNSUPPORTED.items():
        if header in call.headers:
            raise not_implemented(feature)


def refuse(problems: list[Problem]) -> None:
    """Raise the error of broken constraints, which has another code here than in SageMaker's other API."""
    raise AwsError("ValidationError", reported(problems))


def _typed(member: str, shape: Shape, value: str) -> Any:
    if shape.type_name != "integer":
        return value
    if not NUMBER.fullmatch(value):
        raise AwsError("SerializationException", f"{value!r} is no number: {member}")
    return int(value)


@lru_cache
def _endpoint() -> Shape:
    return _members("InvokeEndpoint")["EndpointName"]


@lru_cache
def _limits(operation: str) -> tuple[int, dict[str, tuple[str, Shape]]]:
    """The greatest length of the body, and the members that are headers, by the names of these."""
    members = _members(operation)
    headers = {
        member.serialization["name"].lower(): (name[0].lower() + name[1:], member)
        for name, member in members.items()
        if member.serialization.get("location") == "header" and member.type_name in ("string", "integer")
    }
    return members["Body"].metadata["max"], headers


def _members(operation: str) -> dict[str, Shape]:
    shape = service_model("sagemaker-runtime").operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)  # noqa: S101 (every operation of the runtime has members)
    return dict(shape.members)
