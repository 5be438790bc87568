"""EC2's dialect of the query protocol, from botocore's model: parameters to a request, a response to XML."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from local_aws.api.errors import AwsError, Response

XML = {"Content-Type": "text/xml;charset=UTF-8"}
Parameters = dict[str, list[str]]


def request(shape: StructureShape, parameters: Parameters) -> dict[str, Any]:
    """The members of ``shape`` in the parameters."""
    values = {name: value[0] if isinstance(value, list) else value for name, value in parameters.items()}
    parsed = _parse(shape, values, "")
    return parsed if isinstance(parsed, dict) else {}


def _parse(shape: Shape, values: dict[str, str], prefix: str) -> Any:
    if isinstance(shape, StructureShape):
        members = (
            (name, _parse(member, values, _join(prefix, member, name))) for name, member in shape.members.items()
        )
        return {name: value for name, value in members if value is not None} or None
    if isinstance(shape, ListShape):
        return _items(shape, values, prefix)
    return _SCALARS.get(shape.type_name, str)(values[prefix]) if prefix in values else None


def _items(shape: ListShape, values: dict[str, str], prefix: str) -> list[Any] | None:
    items: list[Any] = []
    while any(name == (start := f"{prefix}.{len(items) + 1}") or name.startswith(start + ".") for name in values):
        items.append(_parse(shape.member, values, start))
    return items or None


def _join(prefix: str, shape: Shape, name: str) -> str:
    own = shape.serialization.get("queryName") or shape.serialization.get("name", name)
    own = own[:1].upper() + own[1:]
    return f"{prefix}.{own}" if prefix else own


_SCALARS: dict[str, Any] = {
    "integer": int,
    "long": int,
    "boolean": lambda text: text.lower() == "true",
    "string": str,
}


def response(operation: OperationModel, content: dict[str, Any], request_id: str) -> Response:
    """A successful response as XML."""
    inner = _members(operation.output_shape, content) if operation.output_shape else "<return>true</return>"
    namespace = f"http://ec2.amazonaws.com/doc/{operation.service_model.api_version}/"
    root = f"{operation.name}Response"
    body = f'<{root} xmlns="{namespace}"><requestId>{request_id}</requestId>{inner}</{root}>'
    return 200, dict(XML), body.encode()


def error(failure: AwsError, request_id: str) -> Response:
    """An error as XML."""
    body = (
        f"<Response><Errors><Error><Code>{escape(failure.code)}</Code><Message>{escape(failure.message)}</Message>"
        f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    )
    return failure.status, dict(XML), body.encode()


def _members(shape: StructureShape, value: dict[str, Any]) -> str:
    parts = []
    for name, member in shape.members.items():
        if value.get(name) is not None:
            tag = member.serialization.get("name", name)
            parts.append(f"<{tag}>{_value(member, value[name])}</{tag}>")
    return "".join(parts)


def _value(shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        return _members(shape, value)
    if isinstance(shape, ListShape):
        return "".join(f"<item>{_value(shape.member, item)}</item>" for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))
