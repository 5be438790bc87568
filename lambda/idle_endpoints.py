"""Endpoints that nothing invokes, pinned ones too. They are only reported: `idle` removes what it may, each hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from endpoint_activity import last_activity
from housekeeping_rows import Row
from housekeeping_settings import SETTINGS
from idle_prices import cost, instance
from models import described, sagemaker
from platform_access import ENVIRONMENT, tags_of

from launchpad.requests.cost import endpoint_machines

KIND = "endpoint"
STACK_TAG = "aws:cloudformation:stack-name"


def find(now: datetime) -> Iterator[Row]:
    """Yield the endpoints of the environment with instances and without an invocation for `unused_days`."""
    prefix, start = f"{ENVIRONMENT.name}-", now - timedelta(days=SETTINGS.unused_days)
    pages = sagemaker.get_paginator("list_endpoints").paginate(NameContains=prefix, StatusEquals="InService")
    for page in pages:
        for summary in page["Endpoints"]:
            if summary["EndpointName"].startswith(prefix) and summary["LastModifiedTime"] <= start:
                yield from _unused(summary["EndpointName"], start, now)


def _unused(name: str, start: datetime, now: datetime) -> Iterator[Row]:
    description = described(sagemaker.describe_endpoint, EndpointName=name)
    if description is None:
        return
    tags = tags_of(sagemaker, description["EndpointArn"])
    parts = list(_instances(description))
    if tags.get("launchpad:environment") != ENVIRONMENT.name or not parts:
        return
    activity = last_activity(description, start, now)
    if activity.last or not activity.complete:
        return
    pinned = f"; stack {tags[STACK_TAG]} pins it" if STACK_TAG in tags else ""
    reason = f"no invocation for {SETTINGS.unused_days} days{pinned}"
    yield Row(KIND, name, description["EndpointArn"], start, **cost(parts), reason=reason)


def _instances(endpoint: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The present instances of all variants; none of serverless ones, and of those that are scaled to zero."""
    request = {"EndpointConfigName": endpoint["EndpointConfigName"]}
    config = described(sagemaker.describe_endpoint_config, **request) or {}
    use = "AsyncInf" if "AsyncInferenceConfig" in config else "Host"
    for name, count in endpoint_machines(endpoint, config):
        if count:
            yield instance(use, name, count)
