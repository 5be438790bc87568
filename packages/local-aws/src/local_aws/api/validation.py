"""Checks a request against botocore's model, and reports mistakes with AWS's messages.

AWS reports all broken constraints together ("2 validation errors detected: ..."), with paths in lower camel case.
A value of the wrong JSON type is a different error, SerializationException, and is reported alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local_aws.api.errors import AwsError, validation_error

Walker = Callable[..., Iterator[str]]


def validate(shape: Shape, value: Any) -> None:
    """Raise `AwsError` unless AWS would accept ``value`` for ``shape``."""
    problems = list(_problems(shape, value, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise validation_error(f"{count}: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    _check_type(shape, value)
    walker: Walker = _WALKERS.get(shape.type_name, _scalar)
    yield from walker(shape, value, path)


def _structure(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _problem("null", _join(path, name), "Member must not be null")
    for name, member in value.items():
        if name not in shape.members:
            yield _problem(repr(name), path or _camel(shape.name), "Member must be known to this version of the API")
        elif member is not None:
            yield from _problems(shape.members[name], member, _join(path, name))


def _list(shape: ListShape, value: list[Any], path: str) -> Iterator[str]:
    yield from _bounds(shape, len(value), value, path, "length")
    for number, item in enumerate(value, start=1):
        yield from _problems(shape.member, item, f"{path}.{number}.member")


def _map(shape: MapShape, value: dict[str, Any], path: str) -> Iterator[str]:
    yield from _bounds(shape, len(value), value, path, "length")
    for key, item in value.items():
        for kind, part, part_value in (("keys", shape.key, key), ("values", shape.value, item)):
            broken = [problem.partition("constraint: ")[2] for problem in _problems(part, part_value, path)]
            if broken:
                yield _problem(_shown(value), path, f"Map {kind} must satisfy constraint: [{', '.join(broken)}]")


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StringShape):
        yield from _bounds(shape, len(value), value, path, "length")
        yield from _text(shape, value, path)
    elif shape.type_name in _NUMBERS:
        yield from _bounds(shape, value, value, path, "value")


def _text(shape: StringShape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _problem(_shown(value), path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _matcher(pattern)(value):
        yield _problem(_shown(value), path, f"Member must satisfy regular expression pattern: {pattern}")


def _bounds(shape: Shape, measure: float, value: Any, path: str, measured: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and measure < low:
        yield _problem(_shown(value), path, f"Member must have {measured} greater than or equal to {low}")
    if high is not None and measure > high:
        yield _problem(_shown(value), path, f"Member must have {measured} less than or equal to {high}")


_WALKERS: dict[str, Walker] = {"structure": _structure, "list": _list, "map": _map}
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


# Java's property classes, which Python's `re` lacks, as the inside of a character class. `\w` accepts digits where AWS
# wants only letters (\p{L}); it never refuses what AWS accepts.
_JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{M}": r"\u0300-\u036f",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{P}": r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e",
    r"\p{S}": r"$+<=>^`|~\u00a2-\u00b8\u20a0-\u2bff",
    r"\p{Alnum}": r"a-zA-Z0-9",
    r"\p{ASCII}": r"\x00-\x7f",
    r"\p{Print}": r"\x20-\x7e",
}
_JAVA_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff"
"""A range from pair to pair, which Java reads as one from character to character."""
_REPEATED_END = re.compile(r"\$\{\d+,\d+\}")
"""A repeated end of the pattern, which Java accepts and Python refuses."""
_JAVA_TOKEN = re.compile(r"\\p\{\w+\}|\\.|\[|\]", re.DOTALL)


def _in_python(pattern: str) -> str:
    """Convert a pattern; a property class gets brackets unless it is inside some."""
    inside = False

    def token(match: re.Match[str]) -> str:
        nonlocal inside
        text = match.group()
        if text in "[]":
            inside = text == "["
        if text in _JAVA_CLASSES:
            return _JAVA_CLASSES[text] if inside else f"[{_JAVA_CLASSES[text]}]"
        return r"\Z" if text == r"\z" else text

    return _JAVA_TOKEN.sub(token, _REPEATED_END.sub("$", pattern.replace(*_JAVA_SURROGATES)))


@lru_cache
def _matcher(pattern: str) -> Callable[[str], bool]:
    """A function that matches the whole value, as AWS does even if the pattern is not anchored."""
    compiled = re.compile(_in_python(pattern))
    return lambda value: compiled.fullmatch(value) is not None


def _problem(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "'{" + ", ".join(f"{key}={item}" for key, item in value.items()) + "}'"
    if isinstance(value, list):
        return "'[" + ", ".join(map(str, value)) + "]'"
    return f"'{value}'"


def _join(path: str, name: str) -> str:
    return f"{path}.{_camel(name)}" if path else _camel(name)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
