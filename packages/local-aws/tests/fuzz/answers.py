"""What is wrong with an answer: nothing, where AWS could have given it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tests.fuzz.requests import Request

COMMON = {
    "ValidationException", "ValidationError", "SerializationException", "UnknownOperationException",
    "NotImplementedException", "AccessDeniedException", "ThrottlingException", "InvalidRequestException",
}  # fmt: skip
"""Errors of any operation, which its model does not name."""
HEAD_TOO_LONG = 431
"""The HTTP server refuses such a query before any service sees it."""
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "blob": (str,), "boolean": (bool,), "integer": (int,), "long": (int,), "float": (int, float),
    "double": (int, float), "timestamp": (int, float), "structure": (dict,), "map": (dict,), "list": (list,),
}  # fmt: skip


def problems(request: Request, status: int, body: bytes) -> Iterator[str]:
    """What AWS would not have answered."""
    payload = request.operation.output_shape and request.operation.output_shape.serialization.get("payload")
    if status == 200 and payload:
        return
    if status == HEAD_TOO_LONG:
        return
    try:
        content = json.loads(body)
    except ValueError:
        yield f"HTTP {status} with a body that is no JSON: {body[:300]!r}"
        return
    if status == 200:
        if request.refused:
            yield "accepted"
        yield from _mismatches(request.operation.output_shape, content, "")
    else:
        yield from _wrong_error(request.operation, status, content)


def _wrong_error(operation: OperationModel, status: int, content: Any) -> Iterator[str]:
    code = content.get("__type") if isinstance(content, dict) else None
    if code not in COMMON | {shape.name for shape in operation.service_model.error_shapes}:
        yield f"HTTP {status} with an error that the service does not have: {content!r:.500}"
    if status >= 500 and code != "NotImplementedException":
        yield f"HTTP {status}: {content!r:.500}"


def _mismatches(shape: Shape | None, value: Any, path: str) -> Iterator[str]:
    if shape is None:
        return
    if not isinstance(value, _TYPES[shape.type_name]):
        yield f"{path or 'the answer'} is {value!r:.100}, no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        absent = [name for name in shape.required_members if name not in value]
        yield from (f"{path}.{name} is missing" for name in absent)
        yield from (f"{path}.{name} is unknown" for name in value if name not in shape.members)
        for name in value.keys() & shape.members.keys():
            yield from _mismatches(shape.members[name], value[name], f"{path}.{name}")
    elif isinstance(shape, ListShape | MapShape):
        inner = shape.member if isinstance(shape, ListShape) else shape.value
        for key, item in enumerate(value) if isinstance(shape, ListShape) else value.items():
            yield from _mismatches(inner, item, f"{path}[{key!r}]")
