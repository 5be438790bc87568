"""Starts the job that compares what a workload was asked with the baseline of the model that answered.

The job's name has the moment of its schedule, so a repeated event finds the job that it started. Where nothing was
asked, no job runs: that costs nothing, and the report says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from decision_log import decided
from job_kinds import MONITOR, publish_settings
from job_record import job_record, tagged, write_record
from models import described, sagemaker
from monitored_models import check_baseline
from monitoring_reports import report_nothing
from monitoring_subjects import Subject, subjects_of
from monitoring_windows import SCHEDULE, Window, monitor_job_name, prefix_of, started_names, window_of
from platform_access import ENVIRONMENT, definition_of

from launchpad.requests import Definition, Request, RequestError, Run
from launchpad.requests.monitoring import monitor_request, monitoring_section
from launchpad.requests.monitoring_settings import monitor_settings
from launchpad.requests.shared_endpoints import served_name

KEYS = ("by", "time", "hours")
"""The event's keys: what asks, `schedule` or `monitor`; the schedule's moment; the hours to look back, in place of the
time since the last report."""
NOTHING = "nothing that captures requests is served, and no batch was run"
RUNNING = ("InProgress", "Stopping")
STARTED, SKIPPED, FAILED = "started", "skipped", "failed"


@dataclass(frozen=True)
class Asked:
    """What an event asks for."""

    by: str
    moment: datetime
    hours: int | None
    event: Mapping[str, Any]


def start_runs(event: Mapping[str, Any]) -> dict[str, Any]:
    """Start the job of each subject of the event's workload; return a row for each, with `status` and `reason`.

    Raises:
        RequestError: the event is wrong; or a person asked, and a job could not be started.
    """
    definition = definition_of(event, KEYS)
    monitoring_section(definition)
    run_request = _asked(event)
    rows = _rows(definition, run_request)
    for row in rows:
        subject = row["job"] or row["endpoint"] or definition["name"]
        decided(row["status"], f"{subject}: {row['reason']}", job=str(row["job"]), endpoint=str(row["endpoint"]))
    failures = [row["reason"] for row in rows if row["status"] == FAILED]
    if failures and run_request.by != SCHEDULE:
        raise RequestError("; ".join(failures))
    return {"workload": definition["name"], "runs": rows}


def _rows(definition: Definition, run_request: Asked) -> list[dict[str, Any]]:
    rows = []
    try:
        for subject in subjects_of(definition):
            rows.append(_handled(definition, subject, run_request))  # noqa: PERF401 -- those before an error stay
    except RequestError as error:  # a model that is none of the platform's
        rows.append(_refused(served_name(definition, ENVIRONMENT), str(error)))
    nothing = {"endpoint": None, "job": None, "status": SKIPPED, "reason": NOTHING}
    return rows or [nothing]


def _asked(event: Mapping[str, Any]) -> Asked:
    by, hours = event.get("by", MONITOR), event.get("hours")
    if by not in (SCHEDULE, MONITOR):
        raise RequestError(f"by: {by!r} is neither {SCHEDULE} nor {MONITOR}")
    if hours is not None and (not isinstance(hours, int) or isinstance(hours, bool) or not 1 <= hours <= 24 * 90):
        raise RequestError(f"hours: {hours!r}; write a whole number from 1 to {24 * 90}")
    moment = datetime.fromisoformat(event["time"]) if event.get("time") else datetime.now(UTC)
    return Asked(by, moment.astimezone(UTC).replace(microsecond=0), hours, event)


def _handled(definition: Definition, subject: Subject, run_request: Asked) -> dict[str, Any]:
    job = monitor_job_name(definition, run_request.moment, subject.letter)
    row = {"endpoint": subject.name, "job": None, "window": None}
    try:
        return {**row, **_started(definition, subject, run_request, job)}
    except RequestError as error:
        return {**row, **_refused(subject.name, str(error))}


def _refused(endpoint: str, reason: str) -> dict[str, Any]:
    """Say in a message why an endpoint is not monitored, and return its row."""
    boto3.client("sns").publish(
        TopicArn=os.environ["ALERT_TOPIC"],
        Subject=f"{endpoint[:70]} is not monitored",
        Message=f"{endpoint} can't be monitored: {reason}\n",
    )
    return {"endpoint": endpoint, "job": None, "status": FAILED, "reason": reason}


def _started(definition: Definition, subject: Subject, run_request: Asked, job: str) -> dict[str, Any]:
    earlier = next(iter(started_names(definition["name"], prefix_of(job))), None)
    status = _status(earlier) if earlier else None
    if earlier == job and status:
        return {"job": job, "status": STARTED, "reason": "by an earlier call for this moment"}
    if status in RUNNING:
        return {"status": SKIPPED, "reason": f"{earlier} is running"}
    baseline = check_baseline(definition, subject.model)
    window = window_of(definition, job, run_request.moment, since=subject.since, hours=run_request.hours)
    inputs = subject.inputs(window) if window.start < window.end else {}
    facts = {
        "endpoint": subject.name,
        "source": subject.source,
        "training_job": subject.model.job,
        "window": window.as_json(),
        "by": run_request.by,
        "hours": run_request.hours,
    }
    if not inputs:
        report_nothing(definition, job, facts)
        return {"status": SKIPPED, "reason": "no requests", "window": window.as_json()}
    request = _request(definition, subject, job, window, {**inputs, "baseline": f"{baseline}/"})
    event = {**run_request.event, "training_job_name": subject.model.job}
    record = {**job_record(MONITOR, job, definition, request, event), "monitoring": facts}
    write_record(record)
    _create(tagged(request, record))
    return {"job": job, "status": STARTED, "reason": f"for {subject.model.job}", "window": window.as_json()}


def _request(definition: Definition, subject: Subject, job: str, window: Window, inputs: Mapping[str, str]) -> Request:
    settings = monitor_settings(
        definition,
        ENVIRONMENT,
        endpoint=subject.name,
        source=subject.source,
        training_job=subject.model.job,
        baseline_job=subject.model.job,
        window=window.as_json(),
        since=subject.since.isoformat(),
    )
    return monitor_request(definition, ENVIRONMENT, Run(job), inputs, publish_settings(definition, settings))


def _create(request: Request) -> None:
    try:
        sagemaker.create_processing_job(**request)
    except sagemaker.exceptions.ResourceInUse:
        return  # a call for the same moment was faster


def _status(job: str) -> str | None:
    """The status of a job; None of one that SageMaker refused to create."""
    description = described(sagemaker.describe_processing_job, ProcessingJobName=job)
    return description["ProcessingJobStatus"] if description else None
