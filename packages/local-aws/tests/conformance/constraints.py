"""The constraints of a shape: what a value breaks of them, in AWS's words, and values that break or just meet each.

It shares no code with the server's own checks, so that a mistake there shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from tests.conformance.shapes import LONGEST, distinct, fitting, lengths, meets, one, smallest, text

MOST = 300
"""Elements of a list or a map; one that may have more is not overfilled."""
ODD_TEXTS = ("a b!", "é日本\U0001f600", "", " ", "\n", "@", "/", "A")
SCALARS = ("string", "integer", "long", "float", "double", "boolean", "timestamp", "blob")
KINDS: dict[str, tuple[Any, ...]] = {
    "string": (7, {}), "blob": (7, {}), "boolean": (7, []), "structure": ("x", []), "map": ("x", []),
    "list": ("x", {}), "integer": ("x", True, {}), "long": ("x", True), "float": ("x", []), "double": ("x", []),
    "timestamp": (True, {}),
}  # fmt: skip
"""Values of another JSON type, by the type of the shape."""
BITS = {"integer": 31, "long": 63}


@dataclass(frozen=True)
class Problem:
    """One broken constraint, as AWS reports it."""

    value: str | None
    """None where the text of the value depends on the server's own classes, and "" for one that is sensitive."""
    path: str
    constraint: str


@dataclass(frozen=True)
class Candidate:
    """A value for one member: what is special about it, and what it breaks."""

    what: str
    value: Any
    problems: tuple[Problem, ...] = ()
    wrong_type: bool = False


def candidates(shape: Shape, path: str) -> Iterator[Candidate]:
    """Values that break one constraint each, and values at the limits."""
    for number, value in enumerate(KINDS[shape.type_name]):
        yield Candidate(f"wrong type {number}", value, wrong_type=True)
    if isinstance(shape, StringShape):
        yield from _texts(shape, path)
    elif isinstance(shape, ListShape):
        yield from _lists(shape, path)
    elif isinstance(shape, MapShape):
        yield from _maps(shape, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _numbers(shape, path)
    elif isinstance(shape, StructureShape) and shape.is_tagged_union:
        yield from _unions(shape, path)


def _unions(shape: StructureShape, path: str) -> Iterator[Candidate]:
    constraint = f"Member must be exactly one of [{', '.join(shape.members)}]"
    for what, names in (("no member", []), ("two members", list(shape.members)[:2])):
        if len(names) != 1:
            members = {name: one(shape.members[name]) for name in names}
            yield Candidate(what, members, (Problem(f"'{', '.join(names) or 'none'}'", path, constraint),))


def _texts(shape: StringShape, path: str) -> Iterator[Candidate]:
    for what, value in odd_texts(shape):
        shown = "" if shape.metadata.get("sensitive") else f"'{value}'"
        yield Candidate(what, value, tuple(Problem(shown, path, broken) for broken in breaks(shape, value)))


def odd_texts(shape: StringShape) -> Iterator[tuple[str, str]]:
    """Texts that break a constraint, or just meet it."""
    if shape.enum:
        yield from (("enum", "NoSuchValue"), ("case", shape.enum[0].swapcase()), ("last", shape.enum[-1]))
        return
    (least, most), pattern = lengths(shape), shape.metadata.get("pattern")
    if least:
        yield "too short", "a" * (least - 1)
        yield from _exactly("shortest", pattern, least)
    if most <= LONGEST:
        yield "too long", fitting(pattern, most + 1, most + 1) or "a" * (most + 1)
        yield from _exactly("longest", pattern, most)
    if pattern:
        yield from (("pattern", odd) for odd in ODD_TEXTS if least <= len(odd) <= most and not meets(pattern, odd))
    elif least <= 4 <= most:
        yield "unicode", "é日\U0001f600\u202e"


def _exactly(what: str, pattern: str | None, length: int) -> Iterator[tuple[str, str]]:
    made = fitting(pattern, length, length)
    if made is not None:
        yield what, made


def breaks(shape: Shape, value: Any) -> Iterator[str]:
    """The constraints of a scalar that a value breaks."""
    if isinstance(shape, StringShape):
        (least, most), pattern = lengths(shape), shape.metadata.get("pattern")
        if len(value) < least:
            yield f"Member must have length greater than or equal to {least}"
        if len(value) > most:
            yield f"Member must have length less than or equal to {most}"
        if pattern and not meets(pattern, value):
            yield f"Member must satisfy regular expression pattern: {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def all_constraints(shape: Shape) -> str:
    """Every constraint of an element of a list or a map, as AWS lists them when one is broken."""
    parts, of = [], "length" if isinstance(shape, StringShape) else "value"
    if "max" in shape.metadata:
        parts.append(f"Member must have {of} less than or equal to {shape.metadata['max']}")
    if "min" in shape.metadata:
        parts.append(f"Member must have {of} greater than or equal to {shape.metadata['min']}")
    if "pattern" in shape.metadata:
        parts.append(f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}")
    if isinstance(shape, StringShape) and shape.enum:
        parts.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return ", ".join(parts)


def _numbers(shape: Shape, path: str) -> Iterator[Candidate]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None:
        below = f"Member must have value greater than or equal to {low}"
        yield Candidate("too small", low - 1, (Problem(f"'{low - 1}'", path, below),))
        yield Candidate("smallest", low)
    if high is not None and high < 2**31:
        above = f"Member must have value less than or equal to {high}"
        yield Candidate("too large", high + 1, (Problem(f"'{high + 1}'", path, above),))
        yield Candidate("largest", high)
    if bits := BITS.get(shape.type_name):
        yield Candidate("too many bits", 2**bits, wrong_type=True)


def _lists(shape: ListShape, path: str) -> Iterator[Candidate]:
    low, high, member = shape.metadata.get("min", 0), shape.metadata.get("max"), shape.member
    if low:
        too_few = [smallest(member)] * (low - 1)
        yield Candidate("too few", too_few, (Problem(_shown(shape, too_few), path, _at_least(low)),))
    if high is not None and high <= MOST:
        too_many, constraint = [smallest(member)] * (high + 1), f"Member must have length less than or equal to {high}"
        yield Candidate("too many", too_many, (Problem(_shown(shape, too_many), path, constraint),))
        if high >= max(low, 1):
            yield Candidate("most", [smallest(member)] * high)
    if isinstance(member, StringShape):
        rest = [smallest(member)] * (low - 1)
        for what, value in odd_texts(member):
            broken = f"Member must satisfy constraint: [{all_constraints(member)}]"
            problem = Problem(_shown(shape, [value, *rest]), path, broken)
            yield Candidate(f"element {what}", [value, *rest], (problem,) if any(breaks(member, value)) else ())
    yield Candidate("element of wrong type", [KINDS[member.type_name][0]], wrong_type=True)


def _maps(shape: MapShape, path: str) -> Iterator[Candidate]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    if low:
        yield Candidate("too few", {}, (Problem(_shown(shape, {}), path, _at_least(low)),))
    if high is not None and high <= MOST and _has_keys(shape.key, high):
        too_many = {distinct(shape.key, number): smallest(shape.value) for number in range(high + 1)}
        constraint = f"Member must have length less than or equal to {high}"
        yield Candidate("too many", too_many, (Problem(_shown(shape, too_many), path, constraint),))
    for part, name in ((shape.key, "Map keys"), (shape.value, "Map value")):
        if not isinstance(part, StringShape):
            continue
        broken = f"{name} must satisfy constraint: [{all_constraints(part)}]"
        for what, value in odd_texts(part):
            made = {value: smallest(shape.value)} if part is shape.key else {text(shape.key): value}
            if (low or 0) <= 1 and (high is None or high >= 1):
                problem = Problem(_shown(shape, made), path, broken)
                yield Candidate(f"{name} {what}", made, (problem,) if any(breaks(part, value)) else ())
    yield Candidate("value of wrong type", {text(shape.key): KINDS[shape.value.type_name][0]}, wrong_type=True)


def _has_keys(shape: Shape, high: int) -> bool:
    return not any(breaks(shape, distinct(shape, high))) if not getattr(shape, "enum", ()) else False


def _at_least(low: int) -> str:
    return f"Member must have length greater than or equal to {low}"


def _shown(shape: ListShape | MapShape, value: Any) -> str | None:
    """A list or a map as Java prints it; of scalars only."""
    members = (shape.key, shape.value) if isinstance(shape, MapShape) else (shape.member,)
    if any(each.metadata.get("sensitive") for each in (shape, *members)):
        return ""
    if members[-1].type_name not in SCALARS and value:
        return None
    if isinstance(value, dict):
        return "'{" + ", ".join(f"{key}={item}" for key, item in value.items()) + "}'"
    return "'[" + ", ".join(map(str, value)) + "]'"
