"""Finds members of requests at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


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
