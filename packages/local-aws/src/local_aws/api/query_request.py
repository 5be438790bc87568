"""A request of AWS's query protocol (``Action=...&Tags.member.1.Key=...``) as the structure that its model has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.api.numbers import decimal, decimal_or_none, whole

SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""Numbers that have a text in requests, and that no operation takes."""


def _double(text: str) -> float:
    return SPECIAL[text] if text in SPECIAL else decimal(text)


def _moment(text: str) -> float:
    """Seconds since 1970; zero for a text that is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return decimal_or_none(text) or 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "integer": whole,
    "long": whole,
    "float": _double,
    "double": _double,
    "boolean": lambda text: {"true": True, "false": False}[text.lower()],
    "timestamp": _moment,
}


class Params(dict[str, str]):
    """The parameters of a request, and the prefixes of their names, which are looked up for each member."""

    def __init__(self, params: Mapping[str, str]) -> None:
        super().__init__(params)
        self.prefixes = {name[:end] for name in params for end, character in enumerate(name) if character == "."}


def structure(shape: Shape | None, params: Mapping[str, str], *, ec2: bool = False) -> dict[str, Any]:
    """The members of a request. Raises `ValueError` for text that is no number or boolean where one has to be.

    ``ec2``: the protocol is EC2's, whose lists are all flat and whose names begin with a capital.
    """
    members: dict[str, Any] = _read(shape, Params(params), "", ec2) if shape else {}
    return members or {}


def _read(shape: Shape, params: Params, prefix: str, ec2: bool) -> Any:
    """The value below a prefix, or None where the request has none."""
    if isinstance(shape, StructureShape):
        return _members(shape, params, prefix, ec2)
    if isinstance(shape, ListShape):
        item = shape.member.serialization.get("name", "member")
        inner = prefix if ec2 or shape.serialization.get("flattened") else f"{prefix}.{item}"
        return _numbered(shape.member, params, inner, ec2) or ([] if params.get(prefix) == "" else None)
    if isinstance(shape, MapShape):
        return _entries(shape, params, prefix)
    return _scalar(shape, params[prefix]) if prefix in params else None


def _members(shape: StructureShape, params: Params, prefix: str, ec2: bool) -> dict[str, Any] | None:
    if prefix and prefix not in params.prefixes:
        return None
    values = {}
    for name, member in shape.members.items():
        key = _ec2_name(member, name) if ec2 else member.serialization.get("name", name)
        values[name] = _read(member, params, f"{prefix}.{key}" if prefix else key, ec2)
    return {name: value for name, value in values.items() if value is not None}


def _ec2_name(member: Shape, name: str) -> str:
    plain = str(member.serialization.get("name", name))
    return str(member.serialization.get("queryName") or plain[0].upper() + plain[1:])


def _numbered(shape: Shape, params: Params, prefix: str, ec2: bool) -> list[Any]:
    values: list[Any] = []
    while (value := _read(shape, params, f"{prefix}.{len(values) + 1}", ec2)) is not None:
        values.append(value)
    return values


def _entries(shape: MapShape, params: Params, prefix: str) -> dict[str, Any] | None:
    flat = shape.serialization.get("flattened")
    entry = prefix if flat else f"{prefix}.entry"
    key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
    entries: dict[str, Any] = {}
    number = 1
    while (name := params.get(f"{entry}.{number}.{key}")) is not None:
        entries[name] = _read(shape.value, params, f"{entry}.{number}.{value}", False)
        number += 1
    return entries or None


def _scalar(shape: Shape, text: str) -> Any:
    convert = _CONVERTERS.get(shape.type_name, str)
    try:
        return convert(text)
    except KeyError:
        raise ValueError(f"{text!r} is no boolean") from None
