"""The history of an endpoint: what it was asked to serve, when, by what, and whether it did.

The deploy function records what was asked (`lambda/endpoint_history.py`). An update fails only later, so whether one
succeeded is concluded: from what the endpoint served when the next change was asked for, or from what it serves now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import MOVING, SERVING, config_artifact, job_of
from launchpad.platform_client.platform import Platform
from launchpad.requests.names import endpoint_name

CURRENT, SERVED, CHANGING = "current", "served", "changing"
FAILED, REFUSED, UNKNOWN = "failed", "refused", "unknown"
WORKED = (CURRENT, SERVED, UNKNOWN)
"""The outcomes of changes that one can go back to: one of an endpoint that was deleted may have worked."""
_DELETED = "the endpoint was deleted before the next change"
_ELSEWHERE = "the endpoint served something that no record has, so it was changed by other means"
_ENDED = {SERVING: SERVED, "Failed": FAILED, "UpdateRollbackFailed": FAILED}
"""The values of EndpointStatus that say how a change to the endpoint's configuration ended."""
State = Mapping[str, str] | None
"""An endpoint's configuration, status and failure reason at one moment; None without an endpoint."""


@dataclass(frozen=True)
class Change:
    """One change of an endpoint, and how it ended."""

    time: datetime
    endpoint_config: str
    job: str
    """Empty if the served artifact names no training job."""
    by: str
    """`serve`, `pipeline` or `rollback`; `config` where a config pins the endpoint, else empty."""
    outcome: str
    reason: str = ""
    model: str = ""
    model_data: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    run: str = ""
    """The pipeline's execution."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    """The name of its record, which the deploy function takes; empty without one."""
    restores: str = ""
    """The name of the record that a rollback went back to."""


def changes(connection: Connection, platform: Platform, workload: str, limit: int | None = None) -> list[Change]:
    """The changes of the workload's endpoint, the newest first, at most `limit`; empty if it was never served.

    What is served without a record is one of them, such as what a config pins.
    """
    endpoint = _describe(connection, endpoint_name(connection.name, workload))
    listed: list[Change] = []
    has_current = endpoint is None
    for change in judged(_records(connection, platform, workload), _state(endpoint)):
        listed.append(change)
        has_current = has_current or change.outcome in (CURRENT, CHANGING)
        if has_current and limit is not None and len(listed) >= limit:
            break
    if endpoint is not None and not has_current:
        listed.append(_unrecorded(connection, endpoint))
    return sorted(listed, key=lambda change: change.time, reverse=True)[:limit]


def judged(records: Iterator[tuple[str, Mapping[str, Any]]], now: State) -> Iterator[Change]:
    """Each record with its outcome; `records` are names and contents, the newest first, and `now` is the endpoint."""
    later: list[State] = [now]
    newest, current = True, False
    for name, record in records:
        if record["outcome"] == "refused":
            yield _change(name, record, REFUSED, record.get("reason", ""))
            later.append(record["before"])
            continue
        outcome, reason = _outcome(record["endpoint_config"], later, newest=newest)
        if outcome == SERVED and not current and now and now["endpoint_config"] == record["endpoint_config"]:
            outcome = CURRENT  # a later change failed, or is still going on
        current = current or outcome == CURRENT
        yield _change(name, record, outcome, reason)
        later, newest = [record["before"]], False


def _outcome(config: str, later: Sequence[State], *, newest: bool) -> tuple[str, str]:
    """How a change to `config` ended, and why, by what was seen of the endpoint until the next change."""
    states = [state for state in later if state is not None]
    now = later[0] if newest else None
    if now and now["status"] in MOVING:
        return CHANGING, ""
    if now and now["status"] == SERVING and now["endpoint_config"] == config:
        return CURRENT, ""
    for state in states:
        if state["endpoint_config"] == config and state["status"] in _ENDED:
            return _ENDED[state["status"]], "" if state["status"] == SERVING else state["reason"]
    if not states:
        return UNKNOWN, _DELETED
    reason = next((state["reason"] for state in states if state["reason"]), "")
    return (FAILED, reason) if reason else (UNKNOWN, _ELSEWHERE)


def _change(name: str, record: Mapping[str, Any], outcome: str, reason: str) -> Change:
    return Change(
        time=datetime.fromisoformat(record["time"]),
        outcome=outcome,
        reason=reason,
        name=name,
        **{key: record[key] for key in _COPIED},
    )


_COPIED = ("endpoint_config", "job", "by", "model", "model_data", "metrics", "run", "origin", "restores")


def _unrecorded(connection: Connection, endpoint: Mapping[str, Any]) -> Change:
    """What an endpoint serves without a record of it: a config pins it, or it is older than the records.

    Its time is that of the endpoint configuration: a failed update changes the endpoint's own time too.
    """
    sagemaker, config = connection.client("sagemaker"), endpoint["EndpointConfigName"]
    model, artifact = config_artifact(sagemaker, config)
    status, reason = endpoint["EndpointStatus"], endpoint.get("FailureReason", "")
    settled = (CURRENT, "") if status == SERVING else (FAILED, reason)
    outcome, why = (CHANGING, "") if status in MOVING else settled
    return Change(
        time=sagemaker.describe_endpoint_config(EndpointConfigName=config)["CreationTime"],
        endpoint_config=config,
        job=job_of(artifact) or "",
        by="" if connection.settings.direct_deploy else "config",
        outcome=outcome,
        reason=why,
        model=model,
        model_data=artifact,
    )


def _describe(connection: Connection, endpoint: str) -> Mapping[str, Any] | None:
    try:
        description: Mapping[str, Any] = connection.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if "Could not find" in str(error) or "not found" in str(error):
            return None
        raise
    return description


def _state(endpoint: Mapping[str, Any] | None) -> State:
    if endpoint is None:
        return None
    return {
        "endpoint_config": endpoint["EndpointConfigName"],
        "status": endpoint["EndpointStatus"],
        "reason": endpoint.get("FailureReason", ""),
    }


def _records(connection: Connection, platform: Platform, workload: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The names and contents of the records, the newest first: a record's name begins with its time."""
    s3, bucket, folder = connection.client("s3"), platform.model_bucket, f"{workload}/history/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
    for key in sorted((item["Key"] for page in pages for item in page.get("Contents", [])), reverse=True):
        yield key.removeprefix(folder), json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
