"""When an endpoint was last invoked, by its metrics in CloudWatch.

Note: `Invocations` has the dimensions EndpointName and VariantName; a query by the endpoint alone returns nothing. An
asynchronous endpoint doesn't publish it: its requests show in its own metrics, and one that waits in its backlog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3

cloudwatch = boto3.client("cloudwatch")
NAMESPACE = "AWS/SageMaker"
FINE, COARSE = timedelta(minutes=5), timedelta(hours=1)
"""CloudWatch keeps values of five minutes for 63 days, those of an hour for 455."""
LONG = timedelta(days=30)
ASYNC = ("InvocationsProcessed", "InvocationsProcesssed", "InvocationFailures", "ExpiredRequests")
"""By variant. Note: the developer guide spells one of them with three s ("Monitor asynchronous endpoint")."""
BACKLOG = "ApproximateBacklogSize"


@dataclass(frozen=True)
class Activity:
    """The end of the last period with an invocation, if any, and whether CloudWatch returned all that was asked for."""

    last: datetime | None
    complete: bool


def last_activity(endpoint: Mapping[str, Any], since: datetime, now: datetime) -> Activity:
    """Return the activity of an endpoint (DescribeEndpoint's response) in the time from `since` to `now`."""
    period = FINE if now - since < LONG else COARSE
    queries = list(_queries(endpoint, int(period.total_seconds())))
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=since, EndTime=now, ScanBy="TimestampDescending"
    )
    last, status = None, dict.fromkeys((query["Id"] for query in queries), "InternalError")
    for page in pages:
        for result in page["MetricDataResults"]:
            status[result["Id"]] = result["StatusCode"]  # PartialData is followed by a page with the rest
            active = [moment for moment, value in zip(result["Timestamps"], result["Values"], strict=True) if value > 0]
            last = max([*active, *([last] if last else [])], default=None)
    ended = min(last + period, now) if last else None
    return Activity(ended, all(code == "Complete" for code in status.values()))


def _queries(endpoint: Mapping[str, Any], period: int) -> Iterator[dict[str, Any]]:
    name = {"Name": "EndpointName", "Value": endpoint["EndpointName"]}
    number = 0
    for variant in endpoint["ProductionVariants"]:
        dimensions = [name, {"Name": "VariantName", "Value": variant["VariantName"]}]
        for metric in ASYNC if "AsyncInferenceConfig" in endpoint else ("Invocations",):
            yield _query(f"m{number}", metric, dimensions, "Sum", period)
            number += 1
    if "AsyncInferenceConfig" in endpoint:
        yield _query(f"m{number}", BACKLOG, [name], "Maximum", period)


def _query(
    identifier: str, metric: str, dimensions: list[dict[str, str]], statistic: str, period: int
) -> dict[str, Any]:
    stated = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": stated, "Period": period, "Stat": statistic}}
