"""The values that CloudWatch has of one metric in a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import boto3

from launchpad.requests import RequestError

cloudwatch = boto3.client("cloudwatch")
FINE, COARSE = timedelta(minutes=5), timedelta(hours=1)
"""CloudWatch keeps values of five minutes for 63 days, those of an hour for 455."""
LONG = timedelta(days=30)


def values(
    namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, start: datetime, end: datetime
) -> list[float]:
    """Return the metric's values in a time, and of the period in which it begins; empty if it has none.

    Raises:
        RequestError: CloudWatch returned only a part of them, from which nothing follows.
    """
    period = FINE if end - start < LONG else COARSE
    stated = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    query = {
        "Id": "m",
        "MetricStat": {"Metric": stated, "Period": int(period.total_seconds()), "Stat": statistic},
    }
    begin = start - (start - datetime(1970, 1, 1, tzinfo=UTC)) % period
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query], StartTime=begin, EndTime=end
    )
    numbers, status = [], "InternalError"
    for page in pages:
        for result in page["MetricDataResults"]:
            numbers += result["Values"]
            status = result["StatusCode"]  # PartialData is followed by a page with the rest
    if status != "Complete":
        raise RequestError(f"CloudWatch doesn't have all values of {name} at the moment: {status}")
    return numbers
