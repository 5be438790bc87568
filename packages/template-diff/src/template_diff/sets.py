"""Lists whose order means nothing to CloudFormation: `insertionOrder: false` in the type's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from template_diff.references import Value, canonical
from template_diff.schemas import schema_of

_DEFINITIONS = "#/definitions/"


def in_order(resource_type: str, properties: Mapping[str, Value]) -> Value:
    """The properties with each list without an order sorted, so that only its members count."""
    schema = schema_of(resource_type)
    return _sorted(dict(properties), schema, schema)


def _sorted(value: Value, node: Mapping[str, Any], schema: Mapping[str, Any]) -> Value:
    node = _followed(node, schema)
    if isinstance(value, dict):
        members = node.get("properties") or {}
        return {key: _sorted(item, members.get(key) or {}, schema) for key, item in value.items()}
    if isinstance(value, list):
        items = [_sorted(item, node.get("items") or {}, schema) for item in value]
        return sorted(items, key=canonical) if node.get("insertionOrder") is False else items
    return value


def _followed(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a `$ref` refers to. Only definitions are referred to, and none refers to itself directly."""
    name = str(node.get("$ref", ""))
    if not name.startswith(_DEFINITIONS):
        return node
    definition: Mapping[str, Any] = (schema.get("definitions") or {}).get(name.removeprefix(_DEFINITIONS)) or {}
    return definition
