"""Items of PutMetricData's MetricData from many values: as few as keep percentiles right to a part in a hundred."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local_aws.api.service import Scope

Datum = dict[str, Any]
Dimensions = tuple[tuple[str, str], ...]
MOST_VALUES = 50
"""Different values of one datapoint (AWS's limit is 150); beyond that they are rounded to two digits."""


class Series:
    """Values by metric, each with how often it was measured."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Scope, str, str, str, Dimensions], Counter[float]] = defaultdict(Counter)

    def add(
        self, scope: Scope, namespace: str, metric: str, unit: str, dimensions: Dimensions, counts: Mapping[float, int]
    ) -> None:
        """Add values of a metric."""
        self._counts[scope, namespace, metric, unit, dimensions].update(counts)

    def data(self, moment: float) -> dict[tuple[Scope, str], list[Datum]]:
        """One datapoint per metric, by scope and namespace."""
        data: dict[tuple[Scope, str], list[Datum]] = defaultdict(list)
        for (scope, namespace, metric, unit, dimensions), counts in self._counts.items():
            data[scope, namespace].append(counted(metric, unit, dimensions, counts, moment))
        return data


def counted(metric: str, unit: str, dimensions: Dimensions, counts: Mapping[float, int], moment: float) -> Datum:
    """One datapoint as Values and Counts, from which CloudWatch computes percentiles too."""
    values, digits = counts, 4
    while len(values) > MOST_VALUES and digits > 2:
        digits -= 1
        values = _regrouped(counts, digits)
    return {
        **_head(metric, unit, dimensions, moment),
        "Values": list(values),
        "Counts": [float(count) for count in values.values()],
    }


def statistics(metric: str, unit: str, dimensions: Dimensions, values: Sequence[float], moment: float) -> Datum:
    """One datapoint as StatisticValues."""
    summary: Mapping[str, float] = {
        "SampleCount": float(len(values)),
        "Sum": sum(values),
        "Minimum": min(values),
        "Maximum": max(values),
    }
    return {**_head(metric, unit, dimensions, moment), "StatisticValues": summary}


def peak(spans: Iterable[tuple[float, float]], start: float) -> int:
    """The highest number of spans of time that overlap after ``start``."""
    changes = sorted(
        (moment, change) for beginning, ended in spans for moment, change in ((max(beginning, start), 1), (ended, -1))
    )
    highest = current = 0
    for _, change in changes:
        current += change
        highest = max(highest, current)
    return highest


def _head(metric: str, unit: str, dimensions: Dimensions, moment: float) -> Datum:
    return {"MetricName": metric, "Unit": unit, "Dimensions": dict(dimensions), "Timestamp": moment}


def _regrouped(counts: Mapping[float, int], digits: int) -> Counter[float]:
    groups: Counter[float] = Counter()
    for value, count in counts.items():
        groups[rounded(value, digits)] += count
    return groups


def rounded(value: float, digits: int) -> float:
    """A number with so many significant digits; by its text, which is the fastest way."""
    return float(f"{value:.{digits}g}")
