"""The values that CloudWatch has of one metric, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import boto3

cloudwatch = boto3.client("cloudwatch")
PERIOD = 3600
"""Seconds. CloudWatch keeps values of an hour for 455 days."""


def values(
    namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, start: datetime, end: datetime
) -> list[float]:
    """Return the metric's values in a time; empty if it has none."""
    stated = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    query = {"Id": "m", "MetricStat": {"Metric": stated, "Period": PERIOD, "Stat": statistic}}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query], StartTime=start, EndTime=end
    )
    return [value for page in pages for metric in page["MetricDataResults"] for value in metric["Values"]]
