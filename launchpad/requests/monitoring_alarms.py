"""The alarms of a monitored endpoint (`PutMetricAlarm`): drift, quality, a report that is late, a disk that fills up.

Drift and quality keep their state until the next report, because between two reports there is no news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.requests.capture import captures
from launchpad.requests.context import Definition, Environment, Request
from launchpad.requests.endpoint_alarms import alarm_name
from launchpad.requests.runbooks import with_runbook
from launchpad.requests.schedules import pauses
from launchpad.requests.variants import VARIANT

NAMESPACE = "Launchpad/Monitoring"
"""The namespace of what the monitor function reports, by the dimension `Endpoint`."""
ENDPOINT_METRICS = "/aws/sagemaker/Endpoints"
DRIFT, QUALITY, HEARTBEAT, DISK_USE = "Drift", "Quality", "Heartbeat", "DiskUse"
RUNBOOKS: Mapping[str, str] = {
    DRIFT: "drift",
    QUALITY: "quality",
    HEARTBEAT: "no-monitoring-report",
    DISK_USE: "disk-full",
}
"""The section of the runbooks of each kind."""
MINUTE, HOUR = 60, 3600
SILENT_HOURS = 3
"""A single hourly call that comes late raises no alarm; a function that is never called does."""
LATE = 2
"""A report is late after so many of the schedule's pauses."""
FULL_PERCENT = 75
"""SageMaker stops to capture where the disk is fuller than it advises ("Data capture", developer guide)."""


def monitoring_alarm_requests(
    definition: Definition, environment: Environment, endpoint_name: str, variants: Sequence[str] = (VARIANT,)
) -> dict[str, Request]:
    """The keyword arguments of `put_metric_alarm` by kind; empty for an endpoint that is not monitored.

    `variants` are those whose disks are watched; each has its own alarm, of the kind `DiskUse` and the name of any
    but the first.
    """
    section = definition.get("monitoring")
    if not section or not definition["serving"] or definition["serving"].get("mode") == "serverless":
        return {}
    late = {"AlarmName": monitoring_alarm_name(environment, endpoint_name, HEARTBEAT)}
    silent = _heartbeat(section, endpoint_name)
    alarms = {HEARTBEAT: {**late, **_told(environment, silent, RUNBOOKS[HEARTBEAT])}}
    for variant in variants if captures(definition) else ():
        kind = DISK_USE if variant == VARIANT else f"{DISK_USE}{variant}"
        full = {"AlarmName": alarm_name(environment, endpoint_name, variant, DISK_USE)}
        alarms[kind] = {**full, **_told(environment, _disk_use(endpoint_name, variant), RUNBOOKS[DISK_USE])}
    return report_alarm_requests(definition, environment, endpoint_name) | alarms


def report_alarm_requests(definition: Definition, environment: Environment, name: str) -> dict[str, Request]:
    """Those on what reports say, of a monitored endpoint or a workload's transform jobs; `name` is the metrics'."""
    section = definition["monitoring"]
    alarms = {DRIFT: _drift(section, name)}
    if section["quality"]:
        alarms[QUALITY] = _quality(section["quality"], name)
    return {
        kind: {
            "AlarmName": monitoring_alarm_name(environment, name, kind),
            **_told(environment, alarm, RUNBOOKS[kind]),
        }
        for kind, alarm in alarms.items()
    }


def _told(environment: Environment, alarm: Request, section: str) -> Request:
    """An alarm with whom it notifies, and the runbook in its description."""
    description = with_runbook(alarm["AlarmDescription"], environment.runbooks, section)
    return {**alarm, "AlarmDescription": description, **_actions(environment)}


def _actions(environment: Environment) -> Request:
    topics = [environment.alert_topic_arn] if environment.alert_topic_arn else []
    return {"AlarmActions": topics, "OKActions": topics}


def monitoring_alarm_name(environment: Environment, endpoint_name: str, kind: str) -> str:
    """The name of an alarm on a whole endpoint that the deploy function makes; CloudFormation generates a pin's."""
    return f"launchpad-{environment.name}-endpoint-{endpoint_name}-{kind}"


def _drift(section: Mapping[str, Any], endpoint_name: str) -> Request:
    share = section["drift"]["share"]
    return {
        "AlarmDescription": f"More than {share:.0%} of the columns of {endpoint_name} drifted; its report says which.",
        **_reported("DriftedShare", endpoint_name),
        "Statistic": "Maximum",
        "Threshold": share,
        "ComparisonOperator": "GreaterThanThreshold",
    }


def _quality(quality: Mapping[str, Any], endpoint_name: str) -> Request:
    at_least = quality["at_least"] is not None
    bound = quality["at_least" if at_least else "at_most"]
    words = f"below {bound:g}" if at_least else f"above {bound:g}"
    return {
        "AlarmDescription": f"The {quality['metric']} of {endpoint_name} on labelled requests is {words}.",
        **_reported("Quality", endpoint_name),
        "Statistic": "Minimum" if at_least else "Maximum",
        "Threshold": bound,
        "ComparisonOperator": "LessThanThreshold" if at_least else "GreaterThanThreshold",
    }


def _heartbeat(section: Mapping[str, Any], endpoint_name: str) -> Request:
    hours = longest_silence_hours(section)
    return {
        "AlarmDescription": f"{endpoint_name} has had no monitoring report for {hours} hours; see the monitor's log.",
        **_reported("HoursSinceReport", endpoint_name),
        "Statistic": "Minimum",
        "Threshold": hours,
        "ComparisonOperator": "GreaterThanThreshold",
        "Period": HOUR,
        "EvaluationPeriods": SILENT_HOURS,
        "DatapointsToAlarm": SILENT_HOURS,
        "TreatMissingData": "breaching",
    }


def longest_silence_hours(section: Mapping[str, Any]) -> int:
    """The hours after which a missing report is late: two of the schedule's longest pauses, and an hour for a job."""
    _, longest = pauses(section["schedule"])
    return -(-longest * LATE // MINUTE) + 1


def _reported(metric: str, endpoint_name: str) -> Request:
    return {
        "Namespace": NAMESPACE,
        "MetricName": metric,
        "Dimensions": [{"Name": "Endpoint", "Value": endpoint_name}],
        "Period": 5 * MINUTE,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "TreatMissingData": "ignore",
    }


def _disk_use(endpoint_name: str, variant: str) -> Request:
    return {
        "AlarmDescription": f"The disk of {endpoint_name} is over {FULL_PERCENT} % full; SageMaker stops to capture.",
        "Namespace": ENDPOINT_METRICS,
        "MetricName": "DiskUtilization",
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint_name},
            {"Name": "VariantName", "Value": variant},
        ],
        "Statistic": "Maximum",
        "Period": 5 * MINUTE,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": FULL_PERCENT,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
