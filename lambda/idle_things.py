"""Finds what runs or keeps a volume in the environment without being used, and stops what its config names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from housekeeping_rows import Row

Finder = Callable[[datetime], Iterable[Row]]
KINDS: dict[str, Finder] = {}
"""What finds each kind, by its word in the config's `housekeeping.stop`, or by another where it is only reported."""


def find(now: datetime) -> list[Row]:
    """Return what is idle at `now`, each kind of the environment in turn."""
    return [row for finder in KINDS.values() for row in finder(now)]


def stop(row: Row) -> None:
    """Stop what a row of `find` names."""
    raise NotImplementedError(row.kind)
