"""What one column of the training split looks like, counted while its values pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitoring.reading.layout import ABSENT, NUMERIC
from monitoring.reading.values import category, is_missing, number

CATEGORICAL = "categorical"
FEW = 5
"""A numeric column with so few distinct values is compared as a categorical one; evidently's own limit."""
NAMES = 1000
"""Distinct values that are counted one by one."""
LISTED = 100
"""The most frequent ones, which are written down."""
BINS = 10


@dataclass
class ColumnStatistics:
    """Exact counts, mean and deviation; `distinct` is exact up to `NAMES` values, as are the frequencies."""

    count: int = 0
    missing: int = 0
    texts: int = 0
    """Values that are no number."""
    infinite: int = 0
    names: Counter[str] = field(default_factory=Counter)
    other: int = 0
    """Values after the first `NAMES` distinct ones."""
    minimum: float = math.inf
    maximum: float = -math.inf
    _figures: int = 0
    _mean: float = 0.0
    _squares: float = 0.0

    def add(self, value: object) -> None:
        """Count a raw value."""
        self.count += 1
        if value is ABSENT or is_missing(value):
            self.missing += 1
            return
        figure = None if isinstance(value, bool) else number(value)
        if figure is not None:
            self._add_number(figure)
        elif str(value).strip().lower().lstrip("+-") in {"inf", "infinity"}:
            self.infinite += 1
        else:
            self.texts += 1
        self._add_name(category(value))

    def inferred_type(self) -> str:
        """numeric, if all values are numbers and there are more than a few distinct ones."""
        return NUMERIC if self._figures and not self.texts and self.distinct > FEW else CATEGORICAL

    @property
    def distinct(self) -> int:
        """How many distinct values there are; `NAMES` if there are more."""
        return len(self.names)

    @property
    def figures(self) -> int:
        """How many values are finite numbers."""
        return self._figures

    def summary(self, kind: str, sample: Sequence[float]) -> dict[str, object]:
        """The column's part of `baseline.json`; `sample` holds numbers of it, which give the edges of the bins."""
        missing = self.count - self._figures if kind == NUMERIC else self.missing
        result: dict[str, object] = {
            "type": kind,
            "missing": missing,
            "missing_share": missing / self.count if self.count else 0.0,
            "distinct": self.distinct,
            "distinct_exact": not self.other,
        }
        return result | (self._numbers(sample) if kind == NUMERIC else self._frequencies())

    def _add_number(self, figure: float) -> None:
        """Welford's algorithm: the mean and the deviation in one pass, without large sums."""
        self._figures += 1
        delta = figure - self._mean
        self._mean += delta / self._figures
        self._squares += delta * (figure - self._mean)
        self.minimum, self.maximum = min(self.minimum, figure), max(self.maximum, figure)

    def _add_name(self, name: str | None) -> None:
        if name is None:
            return
        if name in self.names or len(self.names) < NAMES:
            self.names[name] += 1
        else:
            self.other += 1

    def _numbers(self, sample: Sequence[float]) -> dict[str, object]:
        deviation = math.sqrt(self._squares / (self._figures - 1)) if self._figures > 1 else 0.0
        bounds = {"min": self.minimum, "max": self.maximum} if self._figures else {"min": None, "max": None}
        return {"mean": self._mean, "std": deviation, **bounds, "edges": edges(sample)}

    def _frequencies(self) -> dict[str, object]:
        present = self.names.total() + self.other
        listed = self.names.most_common(LISTED)
        other = present - sum(count for _, count in listed)
        frequencies = {name: count / present for name, count in listed}
        return {"frequencies": frequencies, "other": other / present if present else 0.0}


def edges(values: Sequence[float]) -> list[float]:
    """The edges of up to ten bins that hold equally many values each; equal edges are one."""
    ordered = sorted(values)
    if not ordered:
        return []
    last = len(ordered) - 1
    return sorted({ordered[round(last * step / BINS)] for step in range(BINS + 1)})
