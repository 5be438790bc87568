"""Reacts to an alarm of monitoring: with `on_alarm: retrain` the workload's pipeline runs, unless it is running.

The message of the alarm itself is CloudWatch's; this adds what was done about it. A late report is no reason to train.
Note: a model is a reason for one run only. An alarm that comes and goes would train again and again on the same data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from arrivals import RUNNING, has_run, start_execution
from decision_log import decided
from monitored_models import monitored_workloads
from monitoring_subjects import transforms_name
from monitoring_windows import job_prefix, read_json, report_names
from platform_access import ENVIRONMENT, write_json

from launchpad.requests import Definition
from launchpad.requests.monitoring_alarms import NAMESPACE
from launchpad.requests.shared_endpoints import served_name

REASONS = ("DriftedShare", "Quality")
"""The metrics whose alarms are a reason to train again."""
RETRAIN = "retrain"


def react(detail: Mapping[str, Any], time: str) -> dict[str, Any]:
    """React to `detail` of an event "CloudWatch Alarm State Change" of the given time; return what was done."""
    metric, endpoint = _watched(detail)
    definition = _definition(endpoint)
    if detail["state"]["value"] != "ALARM" or metric not in REASONS or definition is None:
        return _outcome("ignored", detail, endpoint, "it is no reason to train again")
    if definition["monitoring"]["on_alarm"] != RETRAIN:
        return _outcome("notified", detail, endpoint, f"{definition['name']} says on_alarm: notify")
    workload, machine = definition["name"], os.environ["STATE_MACHINE"]
    if has_run(machine, workload, statusFilter=RUNNING):
        reason = f"a run of the pipeline of {workload} is going on, so no other one was started"
        return _announced("waited", detail, endpoint, reason)
    token = f"alarm-{datetime.fromisoformat(time).astimezone(UTC):%Y%m%d-%H%M%S}"
    if refusal := _claimed(definition, endpoint, token):
        return _announced("waited", detail, endpoint, refusal)
    started = start_execution(machine, f"{workload}-{token}", {"workload": workload, "token": token})
    if not started:
        return _outcome("found", detail, endpoint, f"{workload}-{token} was started by an earlier call")
    return _announced("retrained", detail, endpoint, f"the pipeline of {workload} was started: {workload}-{token}")


def _claimed(definition: Definition, endpoint: str, token: str) -> str:
    """Note that a run replaces the model of the last report; why not, if an earlier alarm's run was to replace it.

    The object has the run's token, so that the retry of a call finds its own.
    """
    workload = definition["name"]
    prefix = job_prefix(definition, transforms=endpoint == transforms_name(definition))
    report = next(iter(report_names(workload, prefix)), None)
    if report is None:  # someone set the alarm's state
        return ""
    job = read_json(f"{workload}/monitoring/{report}/result.json")["training_job"]
    key = f"{workload}/monitoring/retrained/{job}.json"
    if write_json(key, {"token": token}) or (earlier := read_json(key)["token"]) == token:
        return ""
    return f"{workload}-{earlier} was to replace the model of {job}, which still answers, so no other run was started"


def _watched(detail: Mapping[str, Any]) -> tuple[str, str]:
    """The metric and the endpoint that an alarm of one metric watches."""
    for item in detail["configuration"]["metrics"]:
        metric = (item.get("metricStat") or {}).get("metric") or {}
        if metric.get("namespace") == NAMESPACE:
            return metric["name"], metric["dimensions"].get("Endpoint", "")
    return "", ""


def _definition(endpoint: str) -> Definition | None:
    """The monitored workload that an endpoint, or a transform job, is of."""
    names = ((item, (served_name(item, ENVIRONMENT), transforms_name(item))) for item in monitored_workloads())
    return next((item for item, own in names if endpoint in own), None)


def _announced(action: str, detail: Mapping[str, Any], endpoint: str, reason: str) -> dict[str, Any]:
    text = f"Alarm {detail['alarmName']}: {reason}.\n\n{detail['state'].get('reason', '')}\n"
    boto3.client("sns").publish(TopicArn=os.environ["ALERT_TOPIC"], Subject=f"{endpoint[:80]}: {action}", Message=text)
    return _outcome(action, detail, endpoint, reason)


def _outcome(action: str, detail: Mapping[str, Any], endpoint: str, reason: str) -> dict[str, Any]:
    decided(action, f"alarm {detail['alarmName']}: {reason}", endpoint=endpoint, alarm=detail["alarmName"])
    return {"action": action, "alarm": detail["alarmName"], "reason": reason}
