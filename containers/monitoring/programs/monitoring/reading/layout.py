"""The columns of a request, and how rows are put into their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from monitoring.reading.values import Value, category, number

ABSENT: object = float("nan")
"""The value of a column that a record does not have: missing, but by `is` another than null or NaN."""
NUMERIC = "numeric"

Row = list[object]


class UnreadableError(Exception):
    """A line, a request or a record that can't be read. The message is the reason under which it is counted."""


@dataclass
class Records:
    """The records of one request, in order."""

    rows: list[Row | None] = field(default_factory=list)
    """Raw values in the layout's order; None for a record that can't be read, because its answer still counts."""
    problems: list[str] = field(default_factory=list)
    """Why, for each of those."""
    unknown: list[str] = field(default_factory=list)
    """Names of columns that the layout lacks; one for each record that has it."""
    header: bool = False
    """Whether the first line of the request was a header."""


@dataclass(frozen=True)
class Layout:
    """The features of a model in the order of its requests, with their types."""

    types: Mapping[str, str]

    @cached_property
    def names(self) -> list[str]:
        """The features' names."""
        return list(self.types)

    @cached_property
    def width(self) -> int:
        """How many features there are."""
        return len(self.types)

    @cached_property
    def converters(self) -> list[Callable[[object], Value]]:
        """What makes a value of each feature's raw one."""
        return [number if kind == NUMERIC else category for kind in self.types.values()]

    def by_position(self, cells: Sequence[object], what: str) -> Row:
        """A row of values without names; UnreadableError unless there is one for each feature."""
        if len(cells) != self.width:
            raise UnreadableError(f"{what} of {len(cells)} values instead of {self.width}")
        return list(cells)

    def by_name(self, record: Mapping[str, object], unknown: list[str]) -> Row:
        """A row of named values; names that are no feature are added to `unknown`."""
        row = [record.get(name, ABSENT) for name in self.types]
        if len(record) + row.count(ABSENT) > self.width:
            unknown += [str(name) for name in record if name not in self.types]
        return row

    def is_header(self, cells: Iterable[str]) -> bool:
        """Whether a line names columns: at least half of its cells do. No value is likely to be a column's name."""
        flags = [cell.strip() in self.types for cell in cells]
        return bool(flags) and 2 * sum(flags) >= len(flags)
