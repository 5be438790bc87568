"""Finds members of requests at any depth, and leaves out what users name themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


def values(value: Any, *members: str) -> Iterator[Any]:
    """The values of the named members, anywhere in a request."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in members:
                yield item
            else:
                yield from values(item, *members)
    elif isinstance(value, list):
        for item in value:
            yield from values(item, *members)


def without_maps(shape: Shape | None, given: Any) -> Any:
    """A checked request without its maps: users choose their keys, which may be called as members are."""
    if isinstance(shape, StructureShape):
        kept = {name: given[name] for name in given if not isinstance(shape.members[name], MapShape)}
        return {name: without_maps(shape.members[name], member) for name, member in kept.items()}
    if isinstance(shape, ListShape):
        return [without_maps(shape.member, element) for element in given]
    return given
