"""The history of an endpoint: what it was asked to serve, when, by what, and whether it did.

The deploy function records what was asked (`lambda/endpoint_history.py`); `change_outcomes` concludes how it ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.busy_endpoints import MOVING
from launchpad.platform_client.change_outcomes import (
    CHANGING,
    CURRENT,
    FAILED,
    REFUSED,
    REMOVED,
    Change,
    State,
    judged,
)
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import SERVING, config_artifact, job_of
from launchpad.platform_client.platform import Platform
from launchpad.requests.names import endpoint_name


def changes(connection: Connection, platform: Platform, workload: str, limit: int | None = None) -> list[Change]:
    """The changes of the workload's endpoint, the newest first, at most `limit`; empty if it was never served.

    What is served without a record is one of them, such as what a config pins.
    """
    records = _records(connection, platform, workload)
    newest = next(records, None)
    name = newest[1].get("endpoint") if newest else None  # that of a shared endpoint is not the workload's
    endpoint = _describe(connection, name or endpoint_name(connection.name, workload))
    listed: list[Change] = []
    has_current = endpoint is None
    for change in judged(chain([newest] if newest else [], records), _state(endpoint)):
        listed.append(change)
        has_current = has_current or change.outcome in (CURRENT, CHANGING)
        if has_current and limit is not None and len(listed) >= limit:
            break
    if endpoint is not None and not has_current:
        listed.append(_unrecorded(connection, endpoint))
    return sorted(listed, key=lambda change: change.time, reverse=True)[:limit]


def removed_last(history: Sequence[Change]) -> Change | None:
    """The removal of an idle or closed endpoint, if that is the last that happened; the newest change comes first."""
    if any(change.outcome in (CURRENT, CHANGING) for change in history):
        return None
    last = next((change for change in history if change.outcome != REFUSED), None)
    return last if last and last.outcome == REMOVED else None


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
    return None if description["EndpointStatus"] == "Deleting" else description


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
