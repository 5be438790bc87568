"""Step scaling: the capacity that an alarm's breach asks for ("How step scaling works", user guide)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}


def stepped_capacity(
    configuration: Mapping[str, Any], threshold: float, values: Sequence[float], capacity: int
) -> int | None:
    """The capacity after the step that the breach falls into; None if no step has it, or nothing was measured."""
    if not values:
        return None
    difference = _AGGREGATIONS[configuration.get("MetricAggregationType", "Average")](values) - threshold
    for step in configuration.get("StepAdjustments", ()):
        if _contains(step, difference):
            return _adjusted(configuration, step["ScalingAdjustment"], capacity)
    return None


def _contains(step: Mapping[str, Any], difference: float) -> bool:
    """The lower bound belongs to a step above the threshold, the upper bound to one below it."""
    low, high = step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)
    return bool(low <= difference < high if difference >= 0 else low < difference <= high)


def _adjusted(configuration: Mapping[str, Any], adjustment: int, capacity: int) -> int:
    kind = configuration.get("AdjustmentType", "ChangeInCapacity")
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return capacity + adjustment
    change = _whole(capacity * adjustment / 100)
    least = configuration.get("MinAdjustmentMagnitude", 0)
    return capacity + (math.copysign(max(abs(change), least), adjustment).__trunc__())


def _whole(change: float) -> int:
    """Towards zero, but at least one: AWS's rule for PercentChangeInCapacity."""
    return math.copysign(1, change).__trunc__() if 0 < abs(change) < 1 else math.trunc(change)
