"""The MLflow tracking server, if it runs and the environment had no job to log for days.

Its API says nothing of its use. So this looks at the jobs that are logged into it; a notebook may still have used it.
The serverless MLflow App has no price per hour and nothing to stop.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from housekeeping_rows import STOP, Row
from housekeeping_settings import SETTINGS
from idle_prices import HOURS, SAGEMAKER, cost
from models import sagemaker
from platform_access import ENVIRONMENT

KIND = "MLflow tracking server"
JOBS = {"list_training_jobs": "TrainingJobSummaries", "list_processing_jobs": "ProcessingJobSummaries"}
"""What is logged; a tuning job is, by its training jobs, which end after it began."""


def find(now: datetime) -> Iterator[Row]:
    """Yield the server if it is active, and neither it nor a job of the environment changed for `unused_days`."""
    name = ENVIRONMENT.tracking_uri.rpartition("/")[2]
    server = sagemaker.describe_mlflow_tracking_server(TrackingServerName=name)
    start = now - timedelta(days=SETTINGS.unused_days)
    if server["IsActive"] != "Active" or server["LastModifiedTime"] > start or _jobs_since(start):
        return
    key = f"{SAGEMAKER}/MlflowTrackingServer:{server['TrackingServerSize']}"
    yield Row(
        KIND,
        name,
        server["TrackingServerArn"],
        server["LastModifiedTime"],
        **cost([(key, HOURS)]),
        action=STOP,
        reason=f"active, and no training or processing job for {SETTINGS.unused_days} days",
    )


def stop(row: Row) -> None:
    """Stop the server; its runs stay, and StartMlflowTrackingServer brings it back."""
    sagemaker.stop_mlflow_tracking_server(TrackingServerName=row.name)


def _jobs_since(start: datetime) -> bool:
    return any(_changed(operation, member, start) for operation, member in JOBS.items())


def _changed(operation: str, member: str, start: datetime) -> list[Any]:
    prefix = f"{ENVIRONMENT.name}-"
    pages = sagemaker.get_paginator(operation).paginate(NameContains=prefix, LastModifiedTimeAfter=start)
    name = member.replace("Summaries", "Name")
    return [job for page in pages for job in page[member] if job[name].startswith(prefix)]
