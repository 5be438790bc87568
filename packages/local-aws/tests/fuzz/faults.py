"""What can be wrong with one member of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

LONG = 100_000
RAW = "@@raw@@"
"""Stands for text that no JSON writer writes; `encoded` puts it there."""


@dataclass(frozen=True)
class Member:
    """One value inside a request, and its shape."""

    holder: Any
    key: Any
    shape: Shape
    owner: Shape

    @property
    def value(self) -> Any:
        return self.holder[self.key]


def members(shape: Shape, value: Any) -> Iterator[Member]:
    """Everything inside a request, at whatever depth."""
    if isinstance(shape, StructureShape):
        inner = [Member(value, name, shape.members[name], shape) for name in value]
    elif isinstance(shape, ListShape):
        inner = [Member(value, number, shape.member, shape) for number in range(len(value))]
    elif isinstance(shape, MapShape):
        inner = [Member(value, key, shape.value, shape) for key in value]
    else:
        return
    for member in inner:
        yield member
        yield from members(member.shape, member.value)


Fault = Callable[[Random, Member], bool]
"""Breaks the member in place; whether AWS has to refuse the request now. Raises `NotApplicableError`."""


class NotApplicableError(Exception):
    """The member has no such constraint."""


def _need(condition: Any) -> None:
    if not condition:
        raise NotApplicableError


def null(random: Random, member: Member) -> bool:
    member.holder[member.key] = None
    return not isinstance(member.owner, StructureShape) or member.key in member.owner.required_members


def missing(random: Random, member: Member) -> bool:
    _need(isinstance(member.owner, StructureShape))
    del member.holder[member.key]
    return member.key in member.owner.required_members


def unknown(random: Random, member: Member) -> bool:
    _need(isinstance(member.owner, StructureShape))
    member.holder["Zz" + "\u0000é"[random.randrange(2)]] = random.choice((1, {"a": [None]}, "x"))
    return True


_KINDS: dict[str, Any] = {
    "string": "x", "boolean": True, "number": 7, "structure": {"A": {}}, "list": [[]],
}  # fmt: skip
_SAME = {
    "integer": "number", "long": "number", "float": "number", "double": "number", "timestamp": "number",
    "blob": "string", "map": "structure",
}  # fmt: skip


def wrong_type(random: Random, member: Member) -> bool:
    own = _SAME.get(member.shape.type_name, member.shape.type_name)
    member.holder[member.key] = _KINDS[random.choice(sorted(_KINDS.keys() - {own}))]
    return True


def too_long(random: Random, member: Member) -> bool:
    _need(isinstance(member.shape, StringShape | ListShape))
    most = member.shape.metadata.get("max")
    _need(most is None or most < LONG)
    if isinstance(member.shape, ListShape):
        _need(member.value and most)
        member.holder[member.key] = (member.value * (most + 1))[: most + 1]
    else:
        member.holder[member.key] = "a" * (LONG if most is None else most + 1)
    return most is not None


def too_short(random: Random, member: Member) -> bool:
    least = member.shape.metadata.get("min", 0)
    _need(isinstance(member.shape, StringShape | ListShape) and least)
    member.holder[member.key] = [] if isinstance(member.shape, ListShape) else "a" * (least - 1)
    return True


def not_in_enum(random: Random, member: Member) -> bool:
    _need(isinstance(member.shape, StringShape) and member.shape.enum)
    member.holder[member.key] = random.choice(("NoSuchValue", "", member.value.swapcase()))
    return member.holder[member.key] not in member.shape.enum


TEXTS = (
    "",
    "\0",
    "a\0b",
    "../../etc/passwd",
    "%2e%2e/",
    "é\u202e\U0001f600",
    "\x1b[2J",
    "a\nb",
    " ",
    "$(id)",
    "{}",
    "NaN",
)


def odd_text(random: Random, member: Member) -> bool:
    _need(member.shape.type_name == "string")
    member.holder[member.key] = random.choice(TEXTS)
    return False


def surrogate(random: Random, member: Member) -> bool:
    _need(member.shape.type_name == "string")
    member.holder[member.key] = random.choice(("\ud800", "a\udfff", "\udc00\ud800"))
    return True


def out_of_range(random: Random, member: Member) -> bool:
    _need(member.shape.type_name in ("integer", "long", "float", "double"))
    low, high = member.shape.metadata.get("min"), member.shape.metadata.get("max")
    broken = [low - 1] if low is not None else []
    broken += [high + 1] if high is not None else []
    _need(broken)
    member.holder[member.key] = random.choice(broken)
    return True


def no_number(random: Random, member: Member) -> bool:
    _need(_SAME.get(member.shape.type_name) == "number")
    member.holder[member.key] = RAW + random.choice(("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000))
    return True


def huge_number(random: Random, member: Member) -> bool:
    _need(_SAME.get(member.shape.type_name) == "number")
    member.holder[member.key] = random.choice((10**400, -(10**30), 2**63))
    return member.shape.type_name not in ("float", "double")


def deep(random: Random, member: Member) -> bool:
    depth = random.choice((300, 900, 1_500, 20_000))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}"), ('{"Configurations":[', "]}")))
    member.holder[member.key] = RAW + opening * depth + "1" * (opening[-1] == ":") + closing * depth
    return True


FAULTS: tuple[Fault, ...] = (
    null, missing, unknown, wrong_type, too_long, too_short, not_in_enum, odd_text, surrogate, out_of_range, no_number,
    huge_number, deep,
)  # fmt: skip


_RAW = re.compile(rf'"{RAW}((?:[^"\\]|\\.)*)"')


def encoded(request: Any) -> bytes:
    """The request as JSON, with what `RAW` stands before as it is."""
    return _RAW.sub(lambda match: str(json.loads(f'"{match[1]}"')), json.dumps(request)).encode()
