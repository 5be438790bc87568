"""The datapoints of an alarm, from ministack's metric store.

Note: a period of the clock is `Clock.seconds(Period)` of the real clock, and the datapoints' timestamps are real.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from typing import Any

from ministack.services import cloudwatch

from local_aws.clock import Clock
from local_aws.cloudwatch.evaluation import Datapoint, enough_samples, retrieved_periods
from local_aws.cloudwatch.metric_math import Expression, Series

MINUTE, HIGH_RESOLUTION = 60, 10
"""How often alarms are evaluated, in seconds: those with a period below a minute more often."""


def period_of(alarm: Mapping[str, Any]) -> int:
    """The period of an alarm in seconds; all metrics of an expression have the same."""
    for item in alarm.get("Metrics") or ():
        if "MetricStat" in item:
            return int(item["MetricStat"]["Period"])
        if item.get("Period"):
            return int(item["Period"])
    return int(alarm.get("Period") or MINUTE)


def datapoints(alarm: Mapping[str, Any], clock: Clock, now: float) -> list[Datapoint | None] | None:
    """The evaluation range, the most recent period first; None if too few samples make a percentile insignificant."""
    period = period_of(alarm)
    width, step = clock.seconds(period), clock.seconds(MINUTE if period >= MINUTE else HIGH_RESOLUTION)
    end = math.floor(now / step + 1e-6) * step
    starts = [end - (index + 1) * width for index in range(retrieved_periods(alarm))]
    if alarm.get("Metrics"):
        series = _expression(alarm, starts, width, period)
    else:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        points = _points(alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions") or ())
        buckets = _buckets(points, starts, width)
        samples = sum(cloudwatch._point_stats(point)[0] for bucket in buckets.values() for point in bucket)
        if buckets and not enough_samples(alarm, samples):
            return None
        series = _statistics(buckets, statistic, alarm.get("Unit"))
    return [Datapoint(start, series[start]) if start in series else None for start in starts]


def _expression(alarm: Mapping[str, Any], starts: list[float], width: float, period: int) -> Series:
    """The series that a metric alarm with Metrics watches: the only one with ReturnData."""
    series: dict[str, Any] = {}
    expressions: dict[str, str] = {}
    watched = next(item["Id"] for item in alarm["Metrics"] if item.get("ReturnData", True))
    for item in alarm["Metrics"]:
        if "MetricStat" in item:
            metric, stat = item["MetricStat"]["Metric"], item["MetricStat"]
            points = _points(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or ())
            series[item["Id"]] = _statistics(_buckets(points, starts, width), stat["Stat"], stat.get("Unit"))
        else:
            expressions[item["Id"]] = item["Expression"]
    while expressions:
        ready = [name for name, text in expressions.items() if Expression(text).names <= series.keys()]
        if not ready:
            return {}
        for name in ready:
            series[name] = Expression(expressions.pop(name)).evaluate(series, starts, period)
    value = series[watched]
    return value if isinstance(value, dict) else dict.fromkeys(starts, value)


def _points(namespace: str, metric: str, dimensions: Any) -> list[dict[str, Any]]:
    key = cloudwatch._dims_key({item["Name"]: item["Value"] for item in dimensions})
    points: list[dict[str, Any]] = cloudwatch._metrics.get((namespace, metric, key)) or []
    return points


def _buckets(points: list[dict[str, Any]], starts: list[float], width: float) -> dict[float, list[dict[str, Any]]]:
    """Points by the start of their period; `starts` are the most recent first."""
    buckets: dict[float, list[dict[str, Any]]] = {}
    first, end = starts[-1], starts[0] + width
    low = bisect.bisect_left(points, first, key=_moment)
    for point in points[low : bisect.bisect_left(points, end, key=_moment)]:
        index = min(int((end - point["Timestamp"]) / width - 1e-9), len(starts) - 1)
        buckets.setdefault(starts[index], []).append(point)
    return buckets


def _statistics(buckets: Mapping[float, list[dict[str, Any]]], statistic: str, unit: str | None) -> Series:
    series: Series = {}
    for start, bucket in buckets.items():
        points = [point for point in bucket if unit in (None, point["Unit"])]
        stats = cloudwatch._calc_stats(points)
        value = cloudwatch._stat_value(stats, statistic, points) if stats else None
        if value is not None:
            series[start] = float(value)
    return series


def _moment(point: Mapping[str, Any]) -> float:
    return float(point["Timestamp"])
