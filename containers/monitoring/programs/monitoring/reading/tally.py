"""Exact counts over all records of a window, while they pass."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitoring.reading.layout import ABSENT, Layout, Row
from monitoring.reading.values import Value, is_missing


@dataclass
class Tally:
    """Counts per feature, and the conversion of raw values on the way."""

    layout: Layout
    records: int = 0
    missing: list[int] = field(init=False)
    absent: list[int] = field(init=False)
    """Missing values of records that lack the column."""
    invalid: list[int] = field(init=False)
    """Missing values that a column of that type can't have."""
    _first: list[Value] = field(init=False)
    _varies: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        width = self.layout.width
        self.missing, self.absent, self.invalid = [0] * width, [0] * width, [0] * width
        self._first, self._varies = [None] * width, [False] * width

    def add(self, row: Row) -> list[Value]:
        """Count a record; its values as numbers and names of categories."""
        self.records += 1
        values: list[Value] = []
        for index, (raw, convert) in enumerate(zip(row, self.layout.converters, strict=True)):
            value = convert(raw)
            values.append(value)
            if value is None:
                self._add_missing(index, raw)
            elif not self._varies[index]:
                self._compare(index, value)
        return values

    def columns(self, counts: list[int]) -> dict[str, int]:
        """Counts by the features' names."""
        return dict(zip(self.layout.names, counts, strict=True))

    def missing_columns(self) -> list[str]:
        """Features that no record has."""
        return self._names([count == self.records for count in self.absent])

    def empty_columns(self) -> list[str]:
        """Features that records have, but never with a usable value."""
        without = [count == self.records for count in self.missing]
        absent = [count == self.records for count in self.absent]
        return self._names([empty and not lacks for empty, lacks in zip(without, absent, strict=True)])

    def constant_columns(self) -> list[str]:
        """Features with the same value in all of several records that have one."""
        several = [self.records - count > 1 for count in self.missing]
        return self._names([many and not varies for many, varies in zip(several, self._varies, strict=True)])

    def _names(self, flags: list[bool]) -> list[str]:
        if not self.records:
            return []
        return [name for name, flag in zip(self.layout.names, flags, strict=True) if flag]

    def _add_missing(self, index: int, raw: object) -> None:
        self.missing[index] += 1
        if raw is ABSENT:
            self.absent[index] += 1
        elif not is_missing(raw):
            self.invalid[index] += 1

    def _compare(self, index: int, value: Value) -> None:
        if self._first[index] is None:
            self._first[index] = value
        elif self._first[index] != value:
            self._varies[index] = True
