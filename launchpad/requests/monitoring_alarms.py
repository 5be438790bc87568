"""The alarms of a monitored endpoint (`PutMetricAlarm`): drift, quality, a report that is late, a disk that fills up."""

from __future__ import annotations

from collections.abc import Sequence

from launchpad.requests.context import Definition, Environment, Request
from launchpad.requests.variants import VARIANT

NAMESPACE = "Launchpad/Monitoring"


def monitoring_alarm_requests(
    definition: Definition, environment: Environment, endpoint_name: str, variants: Sequence[str] = (VARIANT,)
) -> dict[str, Request]:
    """The keyword arguments of `put_metric_alarm` by kind; empty for a workload without monitoring."""
    return {}
