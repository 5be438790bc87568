"""Reacts to an alarm of monitoring: with `on_alarm: retrain` the workload's pipeline runs, unless it is running.

The message of the alarm itself is CloudWatch's; this adds what was done about it. A late report is no reason to train.
Note: a model is a reason for one run only. An alarm that comes and goes would train again and again on the same data.

An alarm that a new model leaves in ALARM changes no state, so CloudWatch sends nothing: the reports of the new model
are looked at instead. Its first one is a message, and the third in a row is a reason for one more run.
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
from monitoring_subjects import OF_TRANSFORMS, transforms_name
from monitoring_windows import DRIFT, SKIPPED, job_prefix, read_json, report_names
from platform_access import ENVIRONMENT, write_json

from launchpad.requests import Definition
from launchpad.requests.monitoring_alarms import NAMESPACE
from launchpad.requests.shared_endpoints import served_name

REASONS = ("DriftedShare", "Quality")
"""The metrics whose alarms are a reason to train again."""
RETRAIN = "retrain"
BAD_REPORTS = 3
"""Bad reports of one model in a row that are a reason for a run, where an earlier model's raised the alarm."""


def react(detail: Mapping[str, Any], time: str) -> dict[str, Any]:
    """React to `detail` of an event "CloudWatch Alarm State Change" of the given time; return what was done."""
    metric, endpoint = _watched(detail)
    definition = _definition(endpoint)
    if detail["state"]["value"] != "ALARM" or metric not in REASONS or definition is None:
        return _outcome("ignored", detail, endpoint, "it is no reason to train again")
    if definition["monitoring"]["on_alarm"] != RETRAIN:
        return _outcome("notified", detail, endpoint, f"{definition['name']} says on_alarm: notify")
    return _retrained(detail, definition, endpoint, time)


def react_to_report(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """React to a report of a model whose alarm stays in ALARM since an earlier model; None if there is no reason to."""
    endpoint = result["endpoint"]
    definition = _definition(endpoint)
    if definition is None or definition["monitoring"]["on_alarm"] != RETRAIN or not is_bad(result):
        return None
    bad, earlier_model = _bad_reports(definition, endpoint, result["training_job"])
    if not earlier_model:
        return None
    reason = f"{result['training_job']} was trained since the alarm was raised, and its reports say the same"
    detail = {"alarmName": f"of {endpoint}", "state": {"reason": reason}}
    if bad == 1:
        words = f"the alarm stays: {reason}; after {BAD_REPORTS} such reports in a row its pipeline runs again"
        return _announced("waiting", detail, endpoint, words)
    if bad < BAD_REPORTS:
        return None
    return _retrained(detail, definition, endpoint, result["window"]["end"])


def is_bad(result: Mapping[str, Any]) -> bool:
    """Whether a report raises an alarm, or keeps it."""
    return result["status"] == DRIFT or (result.get("quality") or {}).get("passed") is False


def _bad_reports(definition: Definition, endpoint: str, model: str) -> tuple[int, bool]:
    """How many of the last reports of a model are bad, in a row, and whether so was the one of the model before.

    Reports that compared nothing don't count: the alarm keeps its state. At most as many as matter are read.
    """
    workload, bad = definition["name"], 0
    for name in report_names(workload, _prefix(definition, endpoint)):
        result = read_json(f"{workload}/monitoring/{name}/result.json")
        if result["status"] == SKIPPED:
            continue
        if result["training_job"] != model:
            return bad, is_bad(result)
        if not is_bad(result):
            break
        bad += 1
        if bad > BAD_REPORTS:
            break
    return bad, False


def _retrained(detail: Mapping[str, Any], definition: Definition, endpoint: str, time: str) -> dict[str, Any]:
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
    prefix = _prefix(definition, endpoint)
    report = next(iter(report_names(workload, prefix)), None)
    if report is None:  # someone set the alarm's state
        return ""
    job = read_json(f"{workload}/monitoring/{report}/result.json")["training_job"]
    key = f"{workload}/monitoring/retrained/{job}.json"
    if write_json(key, {"token": token}) or (earlier := read_json(key)["token"]) == token:
        return ""
    return f"{workload}-{earlier} was to replace the model of {job}, which still answers, so no other run was started"


def _prefix(definition: Definition, endpoint: str) -> str:
    return job_prefix(definition, OF_TRANSFORMS if endpoint == transforms_name(definition) else "")


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
