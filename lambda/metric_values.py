"""The values that CloudWatch has of metrics in a time (GetMetricData), and whether it returned all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from launchpad.requests import RequestError

cloudwatch = boto3.client("cloudwatch")
FINE, COARSE = timedelta(minutes=5), timedelta(hours=1)
"""CloudWatch keeps values of five minutes for 63 days, those of an hour for 455."""
LONG = timedelta(days=30)


@dataclass(frozen=True)
class MetricValues:
    """The begin and the value of each period of several metrics, and the last status of the metrics that isn't good."""

    points: list[tuple[datetime, float]]
    status: str
    """`Complete`, or what CloudWatch said of a metric that it returned in part or not at all."""


def period_of(start: datetime, end: datetime) -> timedelta:
    """Return the shortest period whose values CloudWatch still has for a time that ends about now."""
    return FINE if end - start < LONG else COARSE


def metric_query(
    identifier: str, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, period: timedelta
) -> dict[str, Any]:
    """Return one of the queries of GetMetricData."""
    stated = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    period_seconds = int(period.total_seconds())
    return {"Id": identifier, "MetricStat": {"Metric": stated, "Period": period_seconds, "Stat": statistic}}


def read_metrics(queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime) -> MetricValues:
    """Return what CloudWatch has for the queries; a metric that is missing from its answers is not complete."""
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampDescending"
    )
    points: list[tuple[datetime, float]] = []
    status = dict.fromkeys((query["Id"] for query in queries), "InternalError")
    for page in pages:
        for result in page["MetricDataResults"]:
            status[result["Id"]] = result["StatusCode"]  # PartialData is followed by a page with the rest
            points += zip(result["Timestamps"], result["Values"], strict=True)
    return MetricValues(points, next((code for code in status.values() if code != "Complete"), "Complete"))


def every_value(
    namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, start: datetime, end: datetime
) -> list[float]:
    """Return a metric's values in a time, and of the period in which it begins; empty if it has none.

    Raises:
        RequestError: CloudWatch returned only a part of them, from which nothing follows.
    """
    period = period_of(start, end)
    query = metric_query("m", namespace, name, dimensions, statistic, period)
    begin = start - (start - datetime(1970, 1, 1, tzinfo=UTC)) % period
    found = read_metrics([query], begin, end)
    if found.status != "Complete":
        raise RequestError(f"CloudWatch doesn't have all values of {name} at the moment: {found.status}")
    return [value for _, value in found.points]
