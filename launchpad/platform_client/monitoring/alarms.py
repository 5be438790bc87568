"""The alarms of an endpoint, whether the deploy function or CloudFormation made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from launchpad.platform_client.connection import Connection

MONITORING = "Launchpad/Monitoring"
"""The namespace of the metrics that the monitor function publishes."""
KINDS = {
    (MONITORING, "DriftedShare"): "drift",
    (MONITORING, "WorstColumn"): "worst column",
    (MONITORING, "Quality"): "quality",
    (MONITORING, "HoursSinceReport"): "report overdue",
    ("/aws/sagemaker/Endpoints", "DiskUtilization"): "disk use",
    ("AWS/SageMaker", "Invocation5XXErrors"): "5xx answers",
    ("AWS/SageMaker", "ModelLatency"): "latency",
}
"""What an alarm watches in words, by the namespace and name of its metric."""
OF_MONITORING = ("drift", "worst column", "quality", "report overdue", "disk use")


@dataclass(frozen=True)
class Alarm:
    """One alarm."""

    kind: str
    name: str
    state: str
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    reason: str
    since: datetime | None

    @property
    def words(self) -> str:
        """Its state in a table: `INSUFFICIENT_DATA` only says that no value came yet."""
        return {"INSUFFICIENT_DATA": "no data yet"}.get(self.state, self.state)


def alarms_of(connection: Connection, endpoint: str) -> list[Alarm]:
    """The alarms of an endpoint (DescribeAlarms), in the order of `KINDS`.

    CloudFormation's generated names and the deploy function's begin with the environment's prefix alike.
    """
    pages = (
        connection.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"launchpad-{connection.name}-", AlarmTypes=["MetricAlarm"])
    )
    alarms = [_alarm(item) for page in pages for item in page["MetricAlarms"] if endpoint in _endpoints(item)]
    order = [*dict.fromkeys(KINDS.values())]
    return sorted(
        alarms, key=lambda alarm: (order.index(alarm.kind) if alarm.kind in order else len(order), alarm.name)
    )


def in_words(alarms: Iterable[Alarm]) -> str:
    """The states of the alarms on monitoring: `drift ALARM, quality OK`."""
    return ", ".join(f"{alarm.kind} {alarm.words}" for alarm in alarms if alarm.kind in OF_MONITORING)


def _endpoints(alarm: Mapping[str, Any]) -> list[str]:
    return [item["Value"] for item in alarm.get("Dimensions", []) if item["Name"] in ("Endpoint", "EndpointName")]


def _alarm(item: Mapping[str, Any]) -> Alarm:
    metric = (item.get("Namespace", ""), item.get("MetricName", ""))
    return Alarm(
        kind=KINDS.get(metric, metric[1]),
        name=item["AlarmName"],
        state=item["StateValue"],
        reason=" ".join(str(item.get("StateReason") or "").split()),
        since=item.get("StateTransitionedTimestamp") or item.get("StateUpdatedTimestamp"),
    )
