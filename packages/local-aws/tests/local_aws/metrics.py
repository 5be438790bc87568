"""What CloudWatch has counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any


def recent_sum(cloudwatch: Any, namespace: str, metric: str, **dimensions: str) -> float:
    """All that was put of a metric within the last hours."""
    now = datetime.now(UTC)
    statistics = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in statistics["Datapoints"])
