"""Parts of JSON Schema, of which rules about several keys of a section are made."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def required(*keys: str) -> Schema:
    """All keys are there."""
    return {"required": list(keys)}


def one_of(*keys: str) -> Schema:
    """Exactly one of the keys is there."""
    return {"oneOf": [required(key) for key in keys]}


def with_value(key: str, value: Any) -> Schema:
    """The key is there and has this value."""
    return {"properties": {key: {"const": value}}, "required": [key]}


def without(*keys: str) -> Schema:
    """None of the keys is there."""
    return {"not": {"anyOf": [required(key) for key in keys]}}


def if_(condition: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    """A rule that holds where a condition does."""
    return {"if": condition, "then": then, **({"else": otherwise} if otherwise else {})}


def names_but(*names: str) -> Schema:
    """No key has one of these names."""
    return {"propertyNames": {"not": {"enum": list(names)}}}


def section(name: str, rule: Schema) -> Schema:
    """A rule about what is below a key."""
    return {"properties": {name: rule}}


def services_are_reached() -> Schema:
    """A section whose program calls services of AWS is not isolated."""
    return if_(
        section("aws_services", {"minItems": 1}) | required("aws_services"), with_value("network_isolation", False)
    )
