"""What an event "CloudWatch Alarm State Change" says of an alarm.

Source: "Alarm events and EventBridge" (CloudWatch's user guide).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any


def configuration(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """`detail.configuration`: an alarm on one metric has it as the only item of `metrics`, with an invented id."""
    metrics = [_item(item) for item in alarm.get("Metrics") or ()] or [_of_one_metric(alarm)]
    description = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    return {**description, "metrics": metrics}


def _of_one_metric(alarm: Mapping[str, Any]) -> dict[str, Any]:
    # AWS's id is a UUID that no operation returns; this one stays the same for an alarm.
    identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"]))
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    stated = {"metric": _metric(alarm), "period": int(alarm["Period"]), "stat": statistic}
    return {"id": identifier, "metricStat": stated, "returnData": True}


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    """One of several metrics and expressions."""
    own = {"id": item["Id"], "returnData": item.get("ReturnData", True)}
    if item.get("Label"):
        own["label"] = item["Label"]
    if "MetricStat" not in item:
        return {**own, "expression": item["Expression"]}
    stat = item["MetricStat"]
    return {**own, "metricStat": {"metric": _metric(stat["Metric"]), "period": stat["Period"], "stat": stat["Stat"]}}


def _metric(metric: Mapping[str, Any]) -> dict[str, Any]:
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or ()}
    return {"namespace": metric["Namespace"], "name": metric["MetricName"], "dimensions": dimensions}
