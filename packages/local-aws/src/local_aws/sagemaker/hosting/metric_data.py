"""Items of PutMetricData's MetricData from many values: as few as keep percentiles right to a part in a hundred."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Datum = dict[str, Any]
MOST_VALUES = 50
"""Different values of one datapoint (AWS's limit is 150); beyond that they are rounded to two digits."""


def counted(
    metric: str, unit: str, dimensions: Iterable[tuple[str, str]], values: Sequence[float], moment: float
) -> Datum:
    """One datapoint as Values and Counts, from which CloudWatch computes percentiles too."""
    digits = 6
    counts = Counter(_rounded(value, digits) for value in values)
    while len(counts) > MOST_VALUES and digits > 2:
        digits -= 1
        counts = Counter(_rounded(value, digits) for value in values)
    return {
        **_head(metric, unit, dimensions, moment),
        "Values": list(counts),
        "Counts": [float(count) for count in counts.values()],
    }


def statistics(
    metric: str, unit: str, dimensions: Iterable[tuple[str, str]], values: Sequence[float], moment: float
) -> Datum:
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
        (moment, change) for begun, ended in spans for moment, change in ((max(begun, start), 1), (ended, -1))
    )
    highest = current = 0
    for _, change in changes:
        current += change
        highest = max(highest, current)
    return highest


def _head(metric: str, unit: str, dimensions: Iterable[tuple[str, str]], moment: float) -> Datum:
    return {"MetricName": metric, "Unit": unit, "Dimensions": dict(dimensions), "Timestamp": moment}


def _rounded(value: float, digits: int) -> float:
    if not value or not math.isfinite(value):
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
