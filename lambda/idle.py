"""Removes endpoints that are not used, and those outside their opening hours; brings the latter back. Called each hour.

`{"dry_run": true}` only returns what it would do, for `launchpad idle`; `{"now": "2026-11-29T20:00:00Z"}` judges as at
that time. Only endpoints with a record of the deploy function are looked at, so never one that a config pins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from decision_log import decided, logs_decisions
from endpoint_activity import last_activity
from endpoint_removal import REMOVED, remove_endpoint
from idle_rules import HOUR, KEEP, REMOVE, REPORT, RESTORE, Facts, Verdict, judge
from models import described, sagemaker
from platform_access import ENVIRONMENT, tags_of
from served_endpoints import Records, served_endpoints

from launchpad.requests import RequestError

REPORTED = "launchpad:idle-reported"
"""The tag of an endpoint with the time of its report: it goes with the endpoint, and a report is sent once."""
KEYS = {"dry_run", "now"}
BY = "idle"
"""What asks for the change, in an endpoint's history."""


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point: judge each endpoint, and act unless it is a dry run.

    Raises:
        RequestError: an endpoint could not be judged or changed; the others were.
    """
    if unknown := sorted(set(event) - KEYS):
        raise RequestError(f"unknown keys in the event: {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}")
    now = datetime.fromisoformat(event["now"]) if event.get("now") else datetime.now(UTC)
    rows, failures = [], []
    for endpoint, records in served_endpoints().items():
        try:
            if row := _handle(endpoint, records, now, dry_run=bool(event.get("dry_run"))):
                rows.append(row)
        except Exception as error:  # one endpoint must not keep the others running
            decided("failed", f"at endpoint {endpoint}: {error}", endpoint=endpoint)
            failures.append(f"{endpoint}: {error}")
    if failures:
        raise RequestError("; ".join(failures))
    return {"now": now.isoformat(), "endpoints": rows}


def _handle(endpoint: str, records: Records, now: datetime, *, dry_run: bool) -> dict[str, Any] | None:
    """Judge an endpoint and act; return a row for `launchpad idle`, or None for one that is of no interest."""
    description = described(sagemaker.describe_endpoint, EndpointName=endpoint)
    if description is None and not any(record.get("why") in ("idle", "hours") for _, record in records.values()):
        return None
    facts = facts_of(endpoint, description, records, now)
    verdict = judge(facts, now)
    if not dry_run:
        _act(endpoint, description, records, verdict, now)
    return {
        "endpoint": endpoint,
        "workloads": sorted(records),
        "status": facts.status or "Removed",
        "idle_since": _text(verdict.idle_since),
        "action": verdict.action,
        "next": verdict.next,
        "next_at": _text(verdict.next_at),
        "reason": verdict.reason,
    }


def facts_of(endpoint: str, description: Mapping[str, Any] | None, records: Records, now: datetime) -> Facts:
    """Collect what the rules need; the sections are those of the records, so that working copies count too."""
    newest = [record for _, record in records.values()]
    sections = [record["serving"] for record in newest]
    hours = tuple(section["hours"] for section in sections if section.get("hours"))
    facts = Facts(
        endpoint,
        changed=max(datetime.fromisoformat(record["time"]) for record in newest),
        idle_hours=_idle_hours(sections),
        hours=hours if len(hours) == len(sections) else (),
        status=None,
    )
    if description is None:
        return replace(facts, removed=newest[0].get("why", ""))
    tags = tags_of(sagemaker, description["EndpointArn"])
    facts = replace(
        facts,
        status=description["EndpointStatus"],
        changed=max(facts.changed, description["CreationTime"]),
        exempt=_exempt(description, tags),
        reported=datetime.fromisoformat(tags[REPORTED]) if REPORTED in tags else None,
    )
    if facts.exempt or facts.status != "InService" or not facts.idle_hours:
        return facts
    window = max(facts.changed, now - (facts.idle_hours * HOUR + 2 * HOUR))
    activity = last_activity(description, min(window, now - timedelta(minutes=5)), now)
    return replace(facts, invoked=activity.last, measured=activity.complete)


def _idle_hours(sections: list[Mapping[str, Any]]) -> int:
    """The longest of the workloads' `idle_hours`; 0, which is never, where one of them is."""
    default = int(os.environ["IDLE_ENDPOINT_HOURS"])
    stated = [section.get("idle_hours") for section in sections]
    values = [default if value is None else int(value) for value in stated]
    return 0 if 0 in values else max(values)


def _exempt(description: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    """Why an endpoint is never removed; empty otherwise."""
    if tags.get("launchpad:environment") != ENVIRONMENT.name:
        return f"it has no tag launchpad:environment={ENVIRONMENT.name}"
    if "aws:cloudformation:stack-name" in tags:
        return f"it belongs to stack {tags['aws:cloudformation:stack-name']}"
    variants = description["ProductionVariants"]
    serverless = [variant.get("CurrentServerlessConfig") for variant in variants]
    if all(serverless) and not any(config.get("ProvisionedConcurrency") for config in serverless if config):
        return "serverless: it costs nothing while idle"
    if not any(serverless) and not any(variant.get("CurrentInstanceCount", 1) for variant in variants):
        return "scaled to zero: it costs nothing while idle"
    return ""


def _act(
    endpoint: str, description: Mapping[str, Any] | None, records: Records, verdict: Verdict, now: datetime
) -> None:
    if verdict.action == KEEP:
        return
    if verdict.action == RESTORE:
        for workload, (name, _) in records.items():
            _restore(workload, name)
    elif description is not None and verdict.action == REPORT:
        _report(description, sorted(records), verdict)
        tag = {"Key": REPORTED, "Value": now.isoformat()}
        sagemaker.add_tags(ResourceArn=description["EndpointArn"], Tags=[tag])
    elif description is not None and verdict.action == REMOVE:
        newest = {workload: record for workload, (_, record) in records.items()}
        remove_endpoint(description, newest, verdict.why, by=BY)
    outcome = {REPORT: "reported", REMOVE: REMOVED, RESTORE: "restored"}[verdict.action]
    decided(outcome, f"endpoint {endpoint}: {verdict.reason}", endpoint=endpoint, why=verdict.why or verdict.reason)


def _restore(workload: str, record: str) -> None:
    """Have the deploy function serve again what the removal's record repeats."""
    event = {"workload": workload, "record": record, "by": BY}
    response = boto3.client("lambda").invoke(
        FunctionName=os.environ["DEPLOY_FUNCTION"], Payload=json.dumps(event).encode()
    )
    if response.get("FunctionError"):
        error = json.loads(response["Payload"].read() or b"null") or {}
        raise RequestError(f"{workload} can't be served again: {error.get('errorMessage', error)}")


def _report(description: Mapping[str, Any], workloads: list[str], verdict: Verdict) -> None:
    endpoint, environment = description["EndpointName"], ENVIRONMENT.name
    back = " ".join(f"`launchpad serve {workload} --env {environment}`" for workload in workloads)
    text = (
        f"Endpoint {endpoint} has had no invocation since {verdict.idle_since:%Y-%m-%d %H:%M} UTC. It costs money each"
        f" hour. It is removed after {verdict.next_at:%Y-%m-%d %H:%M} UTC if none arrives.\n\n"
        f"To keep it, invoke it, or write `idle_hours: 0` into the `serving` section of {', '.join(workloads)}, and"
        f" serve it again. After the removal, {back} brings back what it served.\n"
    )
    boto3.client("sns").publish(
        TopicArn=os.environ["ALERT_TOPIC"], Subject=f"{endpoint[:60]} is idle and will be removed", Message=text
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
