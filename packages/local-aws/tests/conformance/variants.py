"""Requests that break one constraint of one member each, and requests at the limits, from the models of AWS's services.

Nothing of them takes effect: a request at a limit breaks a constraint of another member, except where it only reads.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tests.conformance.constraints import Candidate, Problem, candidates
from tests.conformance.shapes import one, smallest

READING = ("Describe", "List", "Get")
NULL = "Member must not be null"
UNKNOWN = "Member must be known to this version of the API"
"""Our words, and our rule: AWS passes over members that it does not know. A misspelt one is refused here."""
Steps = tuple[str | int, ...]
Marker = tuple[str, Any, tuple[Problem, ...]]
"""A member, a value that breaks one of its constraints, and what is reported of it."""


@dataclass(frozen=True)
class Variant:
    """One request, and what has to be wrong with it."""

    operation: OperationModel
    what: str
    request: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    wrong_type: bool = False
    member: str = ""
    """The top member that has the fault, or is at a limit."""

    def __str__(self) -> str:
        return f"{self.operation.service_model.service_name}:{self.operation.name}, {self.what}: {self.request!r:.800}"


@dataclass(frozen=True)
class Place:
    """A member inside a request."""

    steps: Steps
    path: str
    shape: Shape
    owner: StructureShape

    @property
    def name(self) -> str:
        return str(self.steps[-1])


def variants(operation: OperationModel, seen: set[tuple[str, str]]) -> Iterator[Variant]:
    """Every variant of one operation; members of a structure that another operation has too (``seen``) come once."""
    shape = operation.input_shape
    if shape is None:
        return
    base, markers = smallest(shape), _markers(shape)
    for place in places(shape):
        inner = (place.owner.name, place.name)
        if len(place.steps) > 1 and inner in seen:
            continue
        seen.add(inner)
        for candidate in _candidates(place):
            yield from _variant(operation, base, place, candidate, markers)
    yield from _unknown(operation, base, shape)


def _variant(
    operation: OperationModel, base: dict[str, Any], place: Place, candidate: Candidate, markers: list[Marker]
) -> Iterator[Variant]:
    request, what = _with(operation, base, place.steps, candidate), f"{candidate.what} at {place.path}"
    member = str(place.steps[0])
    if candidate.problems or candidate.wrong_type:
        yield Variant(operation, what, request, candidate.problems, candidate.wrong_type, member)
    elif operation.name.startswith(READING):
        yield Variant(operation, what, request, member=member)
    elif marker := next((marker for marker in markers if marker[0] != place.steps[0]), None):
        yield Variant(operation, what, {**request, marker[0]: marker[1]}, marker[2], member=member)


def _candidates(place: Place) -> Iterator[Candidate]:
    if place.name in place.owner.required_members:
        yield Candidate("null", None, (Problem("null", place.path, NULL),))
        yield Candidate("missing", ..., (Problem("null", place.path, NULL),))
    yield from candidates(place.shape, place.path)


def places(shape: Shape, steps: Steps = (), path: str = "", within: tuple[str, ...] = ()) -> Iterator[Place]:
    """Every member at any depth; a structure within itself is left out."""
    if isinstance(shape, StructureShape) and shape.name not in within:
        for name, member in shape.members.items():
            place = Place((*steps, name), _joined(path, name), member, shape)
            yield place
            yield from places(member, place.steps, place.path, (*within, shape.name))
    elif isinstance(shape, ListShape):
        yield from places(shape.member, (*steps, 0), f"{path}.1.member", within)
    elif isinstance(shape, MapShape):
        return


def _with(operation: OperationModel, base: dict[str, Any], steps: Steps, candidate: Candidate) -> dict[str, Any]:
    """The base with this value; what is above it is filled in."""
    request = copy.deepcopy(base)
    shape, holder = operation.input_shape, request
    for step in steps[:-1]:
        _leave_one(shape, holder, step)
        shape = shape.members[step] if isinstance(step, str) else shape.member  # type: ignore[union-attr]
        if isinstance(step, str) and not holder.get(step):
            holder[step] = one(shape)
        holder = holder[step]  # type: ignore[index]
    _leave_one(shape, holder, steps[-1])
    if candidate.value is ...:
        holder.pop(steps[-1], None)  # type: ignore[call-overload]
    else:
        holder[steps[-1]] = candidate.value  # type: ignore[index]
    return request


def _leave_one(shape: Shape | None, holder: Any, step: str | int) -> None:
    """Take the other members out of a union, which has exactly one."""
    if isinstance(shape, StructureShape) and shape.is_tagged_union:
        for name in [name for name in holder if name != step]:
            del holder[name]


def _markers(shape: StructureShape) -> list[Marker]:
    """Two top members with a value that breaks a constraint, so that a request at a limit takes no effect."""
    found: list[Marker] = []
    for name, member in shape.members.items():
        outside = member.serialization.get("location") or name == shape.serialization.get("payload")
        if outside or len(found) > 1:
            continue
        if name in shape.required_members:
            found.append((name, None, (Problem("null", _joined("", name), NULL),)))
            continue
        broken = (each for each in candidates(member, _joined("", name)) if each.problems)
        found += [(name, each.value, each.problems) for each in islice(broken, 1)]
    return found


def _unknown(operation: OperationModel, base: dict[str, Any], shape: StructureShape) -> Iterator[Variant]:
    where = shape.name[:1].lower() + shape.name[1:]
    yield Variant(operation, "unknown member", {**base, "Zz": 1}, (Problem("'Zz'", where, UNKNOWN),))


def _joined(path: str, name: str) -> str:
    camel = name[:1].lower() + name[1:]
    return f"{path}.{camel}" if path else camel
