"""Thins out long series, so that a page stays small and a line is clear: a pixel shows no more than two values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from launchpad.report.charts import Point


def finite(points: Iterable[Point]) -> list[Point]:
    """The points that can be drawn: a loss that diverged has none."""
    return [point for point in points if math.isfinite(point[0]) and math.isfinite(point[1])]


def thinned(points: Sequence[Point], buckets: int) -> list[Point]:
    """Keep at most two points per bucket of x, its lowest and its highest, in the order of x, and both ends.

    The outline of the line stays: no peak is lost, whatever its width. A short series stays as it is.
    """
    if len(points) <= 2 * buckets:
        return list(points)
    ordered = sorted(points, key=lambda point: point[0])
    low, span = ordered[0][0], ordered[-1][0] - ordered[0][0]
    groups: dict[int, list[Point]] = {}
    for point in ordered:
        number = min(buckets - 1, int((point[0] - low) / span * buckets)) if span else 0
        groups.setdefault(number, []).append(point)
    points_left = [point for group in groups.values() for point in _extremes(group)]
    return list(dict.fromkeys([ordered[0], *points_left, ordered[-1]]))


def _extremes(group: Sequence[Point]) -> list[Point]:
    """The lowest and the highest point of a bucket, in the order of x."""
    return sorted({min(group, key=_value), max(group, key=_value)})


def _value(point: Point) -> float:
    return point[1]
