"""An alarm's state from its datapoints, by the rules of "Configuring how CloudWatch alarms treat missing data".

Note: an alarm retrieves more datapoints than its EvaluationPeriods, and missing ones are filled in only where the
existing ones in that range are too few.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
MORE_PERIODS = 2
"""How many more datapoints than EvaluationPeriods are retrieved: 5 for 3 in AWS's examples, its only public number."""
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True, slots=True)
class Datapoint:
    """The statistic of one period."""

    at: float
    """The period's start, in seconds since 1970."""
    value: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation came to."""

    state: str
    evaluated: tuple[Datapoint, ...]
    """The existing datapoints that decided, the most recent first."""
    filled: int
    """How many missing datapoints were filled in."""


def evaluate(alarm: Mapping[str, Any], series: Sequence[Datapoint | None], current: str) -> Outcome:
    """Evaluate an alarm, as PutMetricAlarm describes it.

    ``series`` is the evaluation range, the most recent period first, with None for each missing datapoint.
    """
    periods = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    existing = [point for point in series if point is not None]
    evaluated = tuple(existing[:periods])
    filled = periods - len(evaluated)
    breaching = sum(breaches(alarm, point.value) for point in evaluated)
    treatment = alarm.get("TreatMissingData") or "missing"
    if not filled or breaching >= needed or treatment == "notBreaching":
        state = ALARM if breaching >= needed else OK
    elif treatment == "breaching":
        state = ALARM if breaching + filled >= needed else OK
    elif breaching < len(evaluated):
        state = OK
    elif treatment == "ignore":
        state = current
    else:
        state = _all_breaching(series, needed)
    return Outcome(state, evaluated, filled)


def _all_breaching(series: Sequence[Datapoint | None], needed: int) -> str:
    """The state if every existing datapoint breaches and too few exist: ALARM once the oldest is old enough."""
    oldest = max((index + 1 for index, point in enumerate(series) if point is not None), default=0)
    return ALARM if oldest >= needed else INSUFFICIENT_DATA


def breaches(alarm: Mapping[str, Any], value: float) -> bool:
    """Whether one datapoint is beyond the threshold."""
    return COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def retrieved_periods(alarm: Mapping[str, Any]) -> int:
    """How many periods the evaluation range has."""
    return int(alarm["EvaluationPeriods"]) + MORE_PERIODS


def enough_samples(alarm: Mapping[str, Any], samples: float) -> bool:
    """Whether a percentile is significant, where EvaluateLowSampleCountPercentile asks for it.

    "Percentile-based CloudWatch alarms and low data samples": 10 / (1 - percentile) samples, or 10 / percentile below
    the median.
    """
    statistic = alarm.get("ExtendedStatistic") or ""
    if alarm.get("EvaluateLowSampleCountPercentile") != "ignore" or not statistic.startswith("p"):
        return True
    share = float(statistic[1:]) / 100
    smaller = min(share, 1 - share)
    return smaller <= 0 or samples >= 10 / smaller
