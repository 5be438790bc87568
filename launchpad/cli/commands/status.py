"""`launchpad status`: an environment's stacks, jobs and endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from launchpad.cli.following import of
from launchpad.cli.options import Environment
from launchpad.cli.terminal import duration, say, show, table
from launchpad.cli.terminal import status as coloured
from launchpad.platform_client import endpoints, training_jobs
from launchpad.platform_client.connection import connect
from launchpad.platform_client.platform import stacks

RECENT_JOBS = 10


def status(env: Environment = "local") -> None:
    """Show an environment's stacks, jobs and endpoints.

    Of the training jobs, the ten newest.

    Example: launchpad status --env dev
    """
    connection = connect(env)
    found = stacks(connection)
    if not found:
        say(f"environment {env} is not deployed; run `launchpad deploy{of(env)}`")
        return
    show(
        table(
            "Stacks",
            ["stack", "status", "since"],
            (
                [s["StackName"], coloured(s["StackStatus"]), _age(s.get("LastUpdatedTime", s["CreationTime"]))]
                for s in found
            ),
        )
    )
    jobs = islice(training_jobs.recent(connection), RECENT_JOBS)
    _show_or_say("Training jobs", ["job", "status", "started", "took"], map(_job_row, jobs), "run")
    _show_or_say(
        "Endpoints", ["endpoint", "status", "since"], map(_endpoint_row, endpoints.recent(connection)), "serve"
    )


def _show_or_say(title: str, columns: list[str], rows: Iterable[list[Any]], command: str) -> None:
    listed = list(rows)
    if listed:
        show(table(title, columns, listed))
    else:
        say(f"{title}: none yet; `launchpad {command} WORKLOAD` makes one", "dim")


def _job_row(job: Mapping[str, Any]) -> list[Any]:
    end = job.get("TrainingEndTime")
    took = duration((end - job["CreationTime"]).total_seconds()) if end else ""
    return [job["TrainingJobName"], coloured(job["TrainingJobStatus"]), _age(job["CreationTime"]), took]


def _endpoint_row(endpoint: Mapping[str, Any]) -> list[Any]:
    return [endpoint["EndpointName"], coloured(endpoint["EndpointStatus"]), _age(endpoint["LastModifiedTime"])]


def _age(moment: datetime) -> str:
    return f"{duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))} ago"
