"""Notebook instances that run long, and stopped ones whose volumes are kept.

AWS doesn't say when a notebook instance was last used. Each of this platform stops itself after its `idle_minutes`, so
one that runs for days is used all the time, or its stop is off or fails: people have to look. `LastModifiedTime` is
when its status changed last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from housekeeping_rows import Row
from housekeeping_settings import SETTINGS
from idle_prices import cost, instance, volume
from models import sagemaker
from platform_access import ENVIRONMENT, tags_of

KIND = "notebook instance"
USE = "Notebk"


def find(now: datetime) -> Iterator[Row]:
    """Yield the instances that run longer than `running_hours`, and the volumes kept for more than `stopped_days`."""
    for summary in _instances():
        since, status = summary["LastModifiedTime"], summary["NotebookInstanceStatus"]
        age = now - since
        if status == "InService" and age >= timedelta(hours=SETTINGS.running_hours):
            yield _running(summary, age)
        elif status in ("Stopped", "Failed") and age >= timedelta(days=SETTINGS.stopped_days):
            yield _stopped(summary, age)


def stop(row: Row) -> None:
    """Stop an instance; its volume stays."""
    sagemaker.stop_notebook_instance(NotebookInstanceName=row.name)


def _instances() -> Iterator[Mapping[str, Any]]:
    """All of the environment; `NameContains` also returns names with the environment's in the middle."""
    prefix = f"{ENVIRONMENT.name}-"
    for page in sagemaker.get_paginator("list_notebook_instances").paginate(NameContains=prefix):
        for summary in page["NotebookInstances"]:
            if summary["NotebookInstanceName"].startswith(prefix) and _is_ours(summary["NotebookInstanceArn"]):
                yield summary


def _is_ours(arn: str) -> bool:
    return tags_of(sagemaker, arn).get("launchpad:environment") == ENVIRONMENT.name


def _running(summary: Mapping[str, Any], age: timedelta) -> Row:
    reason = f"runs for {age / timedelta(hours=1):.0f} h: its idle stop is off, or it is in use"
    parts = [instance(USE, summary["InstanceType"]), _volume(summary)]
    return Row(**_identity(summary), **cost(parts), action="stop", reason=reason)


def _stopped(summary: Mapping[str, Any], age: timedelta) -> Row:
    key, size = _volume(summary)
    reason = f"stopped for {age.days} days, its volume of {size:.0f} GB is kept"
    return Row(**_identity(summary), **cost([(key, size)]), reason=reason)


def _identity(summary: Mapping[str, Any]) -> dict[str, Any]:
    name, arn = summary["NotebookInstanceName"], summary["NotebookInstanceArn"]
    return {"kind": KIND, "name": name, "arn": arn, "since": summary["LastModifiedTime"]}


def _volume(summary: Mapping[str, Any]) -> tuple[str, float]:
    description = sagemaker.describe_notebook_instance(NotebookInstanceName=summary["NotebookInstanceName"])
    return volume(USE, description["VolumeSizeInGB"])
