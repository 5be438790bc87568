"""CloudFormation's checks of a resource's properties before its service sees them, from AWS's resource schemas.

`lock_schemas.py` writes `schemas.json`. A type that is not in it is not checked.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from local_aws.api.java_patterns import in_python
from local_aws.api.numbers import decimal_or_none

Schema = dict[str, Any]

# The schemas lack these; the template reference says "Replacement" for each.
_CREATE_ONLY_BESIDES = {
    "AWS::EMR::Cluster": (
        *("Instances/AdditionalMasterSecurityGroups", "Instances/AdditionalSlaveSecurityGroups"),
        *("Instances/Ec2KeyName", "Instances/Ec2SubnetId", "Instances/Ec2SubnetIds"),
        *("Instances/EmrManagedMasterSecurityGroup", "Instances/EmrManagedSlaveSecurityGroup"),
        *("Instances/KeepJobFlowAliveWhenNoSteps", "Instances/Placement", "Instances/ServiceAccessSecurityGroup"),
        *(
            f"Instances/{group}InstanceGroup/{name}"
            for group in ("Master", "Core")
            for name in ("BidPrice", "Configurations", "CustomAmiId", "EbsConfiguration", "InstanceType", "Market")
        ),
    )
}


@cache
def schemas() -> dict[str, Schema]:
    """Every locked schema, by type."""
    read: dict[str, Schema] = json.loads(Path(__file__).with_name("schemas.json").read_text("utf-8"))
    return read


def create_only(type_name: str) -> tuple[str, ...]:
    """The paths (`GitConfig/Branch`) whose change replaces a resource of the type."""
    return (*schemas()[type_name].get("createOnlyProperties", ()), *_CREATE_ONLY_BESIDES.get(type_name, ()))


def replaced(type_name: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether the change from ``old`` to ``new`` properties needs another physical resource."""
    return any(_at(old, path.split("/")) != _at(new, path.split("/")) for path in create_only(type_name))


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def check_properties(type_name: str, logical_id: str, properties: dict[str, Any]) -> None:
    """Raise `ValueError` with CloudFormation's message if a property is unknown, missing or invalid."""
    schema = schemas()[type_name]
    settable = {name: value for name, value in properties.items() if name != schema.get("tags", "Tags")}
    problems = [*_read_only(schema, settable), *_problems(schema, schema, settable, "#")]
    if problems:
        raise ValueError(
            f"Properties validation failed for resource {logical_id} with message:\n" + "\n".join(problems)
        )


def _read_only(schema: Schema, properties: dict[str, Any]) -> Iterator[str]:
    for name in sorted(properties.keys() & set(schema.get("readOnlyProperties", ()))):
        yield f"#: extraneous key [{name}] is not permitted: it is read-only"


def _problems(root: Schema, shape: Any, value: Any, path: str) -> Iterator[str]:
    shape = _resolved(root, shape)
    if not isinstance(shape, dict):
        return
    kinds = _kinds(shape)
    if kinds and not any(_IS[kind](value) for kind in kinds):
        yield f"{path}: expected type: {_TITLES[kinds[0]]}, found: {_found(value)}"
    elif isinstance(value, dict):
        yield from _object(root, shape, value, path)
    elif isinstance(value, list):
        yield from _item_limits(shape, len(value), path)
        if shape.get("uniqueItems") and any(item in value[:number] for number, item in enumerate(value)):
            yield f"{path}: array items are not unique"
        for number, item in enumerate(value):
            yield from _problems(root, shape.get("items"), item, f"{path}/{number}")
    else:
        yield from _scalar(shape, value, path)


def _object(root: Schema, shape: Schema, value: dict[str, Any], path: str) -> Iterator[str]:
    members, patterns, others = shape.get("properties", {}), shape.get("patternProperties", {}), None
    if isinstance(shape.get("additionalProperties"), dict):
        others = shape["additionalProperties"]
    if len(value) < shape.get("minProperties", 0):
        yield f"{path}: minimum size: [{shape['minProperties']}], found: [{len(value)}]"
    for name in shape.get("required", ()):
        if name not in value:
            yield f"{path}: required key [{name}] not found"
    for name, item in value.items():
        if name in members:
            yield from _problems(root, members[name], item, f"{path}/{name}")
            continue
        matching = [member for pattern, member in patterns.items() if _matches(pattern, name)]
        for member in matching or [others]:
            yield from _problems(root, member, item, f"{path}/{name}")
        if shape.get("additionalProperties") is False and not matching:
            yield f"{path}: extraneous key [{name}] is not permitted"


def _scalar(shape: Schema, value: Any, path: str) -> Iterator[str]:
    if "enum" in shape and _text(value) not in map(_text, shape["enum"]):
        yield f"{path}: {value} is not a valid enum value"
    if isinstance(value, str):
        yield from _length_limits(shape, len(value), path)
        if "pattern" in shape and not _matches(shape["pattern"], value):
            yield f"{path}: failed validation constraint for keyword [pattern]"
    if {"minimum", "maximum"} & shape.keys() and _is_number(value):
        number = float(value)
        if number < shape.get("minimum", number):
            yield f"{path}: {value} is not greater or equal to {shape['minimum']}"
        if number > shape.get("maximum", number):
            yield f"{path}: {value} is not less or equal to {shape['maximum']}"


def _text(value: Any) -> str:
    """A scalar as a template's text, in which a boolean has small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _length_limits(shape: Schema, size: int, path: str) -> Iterator[str]:
    low, high = shape.get("minLength", size), shape.get("maxLength", size)
    if size < low:
        yield f"{path}: expected minLength: {low}, actual: {size}"
    if size > high:
        yield f"{path}: expected maxLength: {high}, actual: {size}"


def _item_limits(shape: Schema, size: int, path: str) -> Iterator[str]:
    low, high = shape.get("minItems", size), shape.get("maxItems", size)
    if size < low:
        yield f"{path}: expected minimum item count: {low}, found: {size}"
    if size > high:
        yield f"{path}: expected maximum item count: {high}, found: {size}"


def _resolved(root: Schema, shape: Any) -> Any:
    while isinstance(shape, dict) and "$ref" in shape:
        _, _, section, *rest = shape["$ref"].replace("#/", "#//", 1).split("/")
        shape = root.get(section, {})
        for step in rest:
            shape = shape.get(step, {})
    return shape


def _kinds(shape: Schema) -> list[str]:
    kind = shape.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return decimal_or_none(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


# CloudFormation converts scalars, so that a template may write "true" and "5".
_IS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: not isinstance(value, dict | list),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "boolean": lambda value: str(value).lower() in ("true", "false"),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
_TITLES = {
    "string": "String",
    "number": "Number",
    "integer": "Integer",
    "boolean": "Boolean",
    "object": "JSONObject",
    "array": "JSONArray",
    "null": "null",
}


def _found(value: Any) -> str:
    return {dict: "JSONObject", list: "JSONArray", bool: "Boolean", int: "Integer", float: "Number"}.get(
        type(value), "String"
    )


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern, or None if it has syntax of Java that Python lacks."""
    try:
        return re.compile(in_python(pattern), re.ASCII)
    except re.error:
        return None
