"""The arguments of a step, checked against the request that they become, where an expression may stand for a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local_aws.api.errors import AwsError
from local_aws.api.validation import validate
from local_aws.sagemaker.workflows.expressions import is_expression
from local_aws.sagemaker.workflows.step_types import StepType

OBJECT, ARRAY = "Expecting start of Json Object.", "Expecting start of Json Array."


def check_arguments(kind: StepType, arguments: dict[str, Any]) -> str | None:
    """The first problem in AWS's words, or None. Names of jobs may be left out, because the pipeline makes them."""
    for name in kind.excluded:
        if name in arguments:
            return f"Unknown Argument member '{name}'."
    own_names = {f"{kind.kind.member}Name", f"{kind.noun}Name"}
    return next(_problems(kind.arguments, arguments, "", own_names), None)


def _problems(shape: Shape, value: Any, path: str, optional: set[str]) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            yield OBJECT
            return
        for name in value:
            if name not in shape.members:
                yield f"Unknown Argument member '{name}'."
        for name in shape.required_members:
            if value.get(name) is None and name not in optional:
                yield f"Model Validation failed: {name} of {path or 'the arguments'} is missing."
        for name, member in value.items():
            if member is not None and name in shape.members:
                yield from _problems(shape.members[name], member, f"{path}.{name}" if path else name, set())
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield ARRAY
            return
        for item in value:
            yield from _problems(shape.member, item, path, set())
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict) or is_expression(value):
            yield OBJECT
            return
        for key, item in value.items():
            yield from _problems(shape.value, item, f"{path}.{key}", set())
    elif not is_expression(value):
        yield from _value_problems(shape, value, path)


def _value_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield (
            f"Model Validation failed: Value '{value}' for '{shape.name}' failed to satisfy enum value set: "
            f"[{', '.join(shape.enum)}]"
        )
        return
    try:
        validate(shape, value)
    except AwsError as error:
        yield f"Model Validation failed: {path}: {error.message}"
