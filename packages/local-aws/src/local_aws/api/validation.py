"""Checks a request against botocore's model, and reports mistakes with AWS's messages.

AWS reports all broken constraints together ("2 validation errors detected: ..."), with paths in lower camel case.
A value of the wrong JSON type is a different error, SerializationException, and is reported alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.java_patterns import in_python


@dataclass(frozen=True)
class Problem:
    """A constraint that a request breaks; as text, in AWS's words."""

    shown: str
    """The value as AWS prints it, with the space that follows; empty for what the model calls sensitive."""
    path: str
    """The member, in lower camel case: `tags.1.member.key`."""
    constraint: str

    def __str__(self) -> str:
        return f"Value {self.shown}at '{self.path}' failed to satisfy constraint: {self.constraint}"


Walker = Callable[..., Iterator[Problem]]


def validate(shape: Shape, value: Any) -> None:
    """Raise `AwsError` unless AWS would accept ``value`` for ``shape``."""
    if problems := list(broken(shape, value, "")):
        raise validation_error(reported(problems))


def reported(problems: list[Problem]) -> str:
    """The message of an error for all these broken constraints."""
    return (
        f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: {'; '.join(map(str, problems))}"
    )


def broken(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    """The constraints that a value breaks, in AWS's words; raises `AwsError` for a value of another type."""
    _check_type(shape, value)
    walker: Walker = _WALKERS.get(shape.type_name, _scalar)
    yield from walker(shape, value, path)


def _structure(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[Problem]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Problem("null ", _join(path, name), "Member must not be null")
    for name, member in value.items():
        if name not in shape.members:
            yield Problem(f"{name!r} ", path or _camel(shape.name), "Member must be known to this version of the API")
        elif member is not None:
            yield from broken(shape.members[name], member, _join(path, name))
    if shape.is_tagged_union and len(chosen := [name for name in shape.members if value.get(name) is not None]) != 1:
        # The rule is Smithy's for unions; AWS's words for one that is broken are not documented.
        shown = ", ".join(chosen) or "none"
        yield Problem(f"'{shown}' ", path, f"Member must be exactly one of [{', '.join(shape.members)}]")


def _list(shape: ListShape, value: list[Any], path: str) -> Iterator[Problem]:
    yield from _bounds(shape, len(value), value, path, "length")
    if shape.member.type_name in _NESTED:
        for number, item in enumerate(value, start=1):
            yield from broken(shape.member, item, f"{path}.{number}.member")
    elif _any_broken(shape.member, value):
        yield Problem(
            _shown(value, shape, shape.member), path, f"Member must satisfy constraint: [{_constraints(shape.member)}]"
        )


def _map(shape: MapShape, value: dict[str, Any], path: str) -> Iterator[Problem]:
    yield from _bounds(shape, len(value), value, path, "length")
    if _any_broken(shape.key, value):
        yield Problem(
            _shown(value, shape, shape.key, shape.value),
            path,
            f"Map keys must satisfy constraint: [{_constraints(shape.key)}]",
        )
    if shape.value.type_name in _NESTED:
        for key, item in value.items():
            yield from broken(shape.value, item, f"{path}.{key}.member")
    elif _any_broken(shape.value, value.values()):
        yield Problem(
            _shown(value, shape, shape.key, shape.value),
            path,
            f"Map value must satisfy constraint: [{_constraints(shape.value)}]",
        )


def _any_broken(shape: Shape, values: Iterable[Any]) -> bool:
    """Whether one of these breaks a constraint; each is looked at, because a wrong type is another error."""
    return any(bool(list(broken(shape, value, ""))) for value in values)


def _constraints(shape: Shape) -> str:
    """Every constraint of an element, broken or not, as AWS lists them for lists and maps of scalars."""
    measured = "length" if isinstance(shape, StringShape) else "value"
    low, high, pattern = (shape.metadata.get(name) for name in ("min", "max", "pattern"))
    listed = [
        *([f"Member must have {measured} less than or equal to {high}"] if high is not None else ()),
        *([f"Member must have {measured} greater than or equal to {low}"] if low is not None else ()),
        *([f"Member must satisfy regular expression pattern: {pattern}"] if pattern else ()),
    ]
    if isinstance(shape, StringShape) and shape.enum:
        listed.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return ", ".join(listed)


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    if isinstance(shape, StringShape):
        yield from _bounds(shape, len(value), value, path, "length")
        yield from _text(shape, value, path)
    elif shape.type_name in _NUMBERS:
        yield from _bounds(shape, value, value, path, "value")


def _text(shape: StringShape, value: str, path: str) -> Iterator[Problem]:
    if shape.enum and value not in shape.enum:
        yield Problem(_shown(value, shape), path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _matcher(pattern)(value):
        yield Problem(_shown(value, shape), path, f"Member must satisfy regular expression pattern: {pattern}")


def _bounds(shape: Shape, measure: float, value: Any, path: str, measured: str) -> Iterator[Problem]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and measure < low:
        yield Problem(_shown(value, shape), path, f"Member must have {measured} greater than or equal to {low}")
    if high is not None and measure > high:
        yield Problem(_shown(value, shape), path, f"Member must have {measured} less than or equal to {high}")


_WALKERS: dict[str, Walker] = {"structure": _structure, "list": _list, "map": _map}
_NESTED = ("structure", "list", "map")
_NUMBERS = ("integer", "long", "float", "double")

_ACCEPTED: dict[str, tuple[str, tuple[type, ...]]] = {
    "string": ("a String", (str,)),
    "blob": ("a Blob", (str,)),
    "boolean": ("a Boolean", (bool,)),
    "integer": ("an Integer", (int,)),
    "long": ("a Long", (int,)),
    "float": ("a Float", (int, float)),
    "double": ("a Double", (int, float)),
    "timestamp": ("a Timestamp", (int, float)),
    "structure": ("a Structure", (dict,)),
    "map": ("a Map", (dict,)),
    "list": ("a List", (list,)),
}
_JSON_NAMES = {bool: "BOOLEAN", int: "NUMBER", float: "NUMBER", str: "STRING", dict: "OBJECT", list: "ARRAY"}


# An integer has 32 bits and a long 64; a date has a year of four digits.
_RANGES: dict[str, tuple[float, float]] = {
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "float": (-sys.float_info.max, sys.float_info.max),
    "double": (-sys.float_info.max, sys.float_info.max),
    "timestamp": (datetime.min.replace(tzinfo=UTC).timestamp(), datetime.max.replace(tzinfo=UTC).timestamp()),
}


def _check_type(shape: Shape, value: Any) -> None:
    expected, types = _ACCEPTED[shape.type_name]
    if isinstance(value, types) and (bool in types or not isinstance(value, bool)) and _in_range(shape, value):
        return
    actual = _JSON_NAMES.get(type(value), "NULL")
    raise AwsError("SerializationException", f"{actual}_VALUE can not be converted to {expected} ({shape.name})")


def _in_range(shape: Shape, value: Any) -> bool:
    """Whether the number fits its type; NaN, which templates and state machines can contain, never does."""
    low, high = _RANGES.get(shape.type_name, (None, None))
    return low is None or high is None or bool(low <= value <= high)


@lru_cache
def _matcher(pattern: str) -> Callable[[str], bool]:
    """A function that matches the whole value, as AWS does even if the pattern is not anchored."""
    compiled = re.compile(in_python(pattern), re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


def _shown(value: Any, *shapes: Shape) -> str:
    """The value as AWS prints it, with the space that follows; nothing of what the model calls sensitive."""
    return "" if any(shape.metadata.get("sensitive") for shape in shapes) else f"{_printed(value)} "


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return "'{" + ", ".join(f"{key}={item}" for key, item in value.items()) + "}'"
    if isinstance(value, list):
        return "'[" + ", ".join(map(str, value)) + "]'"
    return f"'{value}'"


def _join(path: str, name: str) -> str:
    return f"{path}.{_camel(name)}" if path else _camel(name)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
