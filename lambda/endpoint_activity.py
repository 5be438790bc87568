"""When an endpoint was last invoked, by its metrics in CloudWatch.

Note: `Invocations` has the dimensions EndpointName and VariantName; a query by the endpoint alone returns nothing. An
asynchronous endpoint doesn't publish it: its requests show in its own metrics, and one that waits in its backlog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from metric_values import metric_query, period_of, read_metrics

NAMESPACE = "AWS/SageMaker"
ASYNC = ("InvocationsProcessed", "InvocationsProcesssed", "InvocationFailures", "ExpiredRequests")
"""Metrics by variant. Note: the developer guide spells one of them with three s ("Monitor asynchronous endpoint")."""
BACKLOG = "ApproximateBacklogSize"


@dataclass(frozen=True)
class Activity:
    """The end of the last period with an invocation, if any, and whether CloudWatch returned all that was asked for."""

    last: datetime | None
    complete: bool


def last_activity(endpoint: Mapping[str, Any], since: datetime, now: datetime) -> Activity:
    """Return the activity of an endpoint (DescribeEndpoint's response) in the time from `since` to `now`."""
    period = period_of(since, now)
    found = read_metrics(list(_queries(endpoint, period)), since, now)
    last = max((moment for moment, value in found.points if value > 0), default=None)
    ended = min(last + period, now) if last else None
    return Activity(ended, found.status == "Complete")


def _queries(endpoint: Mapping[str, Any], period: timedelta) -> Iterator[dict[str, Any]]:
    name = {"EndpointName": endpoint["EndpointName"]}
    number = 0
    for variant in endpoint["ProductionVariants"]:
        dimensions = {**name, "VariantName": variant["VariantName"]}
        for metric in ASYNC if "AsyncInferenceConfig" in endpoint else ("Invocations",):
            yield metric_query(f"m{number}", NAMESPACE, metric, dimensions, "Sum", period)
            number += 1
    if "AsyncInferenceConfig" in endpoint:
        yield metric_query(f"m{number}", NAMESPACE, BACKLOG, name, "Maximum", period)
