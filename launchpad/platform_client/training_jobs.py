"""Training jobs: start one, follow it, tell how it ended."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.logs import LogLine, training_log
from launchpad.platform_client.platform import Platform
from launchpad.problems import LaunchpadError
from launchpad.requests.names import job_name

ENDED = ("Completed", "Failed", "Stopped")
"""The values of TrainingJobStatus that no other one follows."""
LATE_LOOKS = {True: 0, False: 3}
"""How often to look for late lines after a job's end, by whether it is the local AWS. CloudWatch delivers late."""
Job = Mapping[str, Any]
"""What DescribeTrainingJob gives."""


@dataclass(frozen=True)
class Transition:
    """The job went on to another secondary status, or the message of the one it is in has changed."""

    status: str
    message: str
    since: datetime


def launch(connection: Connection, platform: Platform, workload: str, token: str, overrides: Mapping[str, Any]) -> str:
    """Have the launch function start the workload's training job; its name. One token starts one job, ever.

    Raises:
        LaunchpadError: the function refused.
    """
    event = {"workload": workload, "token": token, "overrides": dict(overrides)}
    name: str = invoke(connection, platform.launch_function, event)["training_job_name"]
    return name


def follow(connection: Connection, job: str, show: Callable[[Transition | LogLine], object]) -> Job:
    """Hand what happens to the job to `show` as it happens; its description, once it has ended."""
    sagemaker = connection.client("sagemaker")
    log = training_log(connection.client("logs"), job)
    seen: set[Transition] = set()
    while True:
        description: Job = sagemaker.describe_training_job(TrainingJobName=job)
        fresh = new_transitions(description, seen)
        if description["TrainingJobStatus"] in ENDED:
            break
        _show_all(sorted([*fresh, *log.read()], key=_moment), show)
        time.sleep(connection.poll_seconds)
    _show_all(log.read(), show)
    for _ in range(LATE_LOOKS[connection.local is not None]):
        time.sleep(connection.poll_seconds)
        _show_all(log.read(), show)
    _show_all(fresh, show)
    return description


def new_transitions(description: Job, seen: set[Transition]) -> list[Transition]:
    """The transitions that are not in `seen` yet; adds them to it."""
    all_of_them = [
        Transition(item["Status"], item.get("StatusMessage", ""), item["StartTime"])
        for item in description.get("SecondaryStatusTransitions", [])
    ]
    fresh = [transition for transition in all_of_them if transition not in seen]
    seen.update(fresh)
    return fresh


def _show_all(news: Iterable[Transition | LogLine], show: Callable[[Transition | LogLine], object]) -> None:
    for item in news:
        show(item)


def _moment(item: Transition | LogLine) -> float:
    return item.since.timestamp() * 1000 if isinstance(item, Transition) else item.milliseconds


def metrics(description: Job) -> dict[str, float]:
    """The last value of each metric (FinalMetricDataList)."""
    return {metric["MetricName"]: metric["Value"] for metric in description.get("FinalMetricDataList", [])}


def exit_code(description: Job) -> int | None:
    """The exit code that the FailureReason of a failed job names, if it names one."""
    found = re.findall(r"exit code:? (\d+)|ExitCode (\d+)", description.get("FailureReason", ""), re.IGNORECASE)
    return int(next(code for code in found[-1] if code)) if found else None


def recent(connection: Connection, *, status: str | None = None, workload: str | None = None) -> Iterator[Job]:
    """The environment's training jobs as ListTrainingJobs gives them, the newest first."""
    prefix = job_name(connection.name, workload, "0").removesuffix("0") if workload else f"{connection.name}-"
    pages = (
        connection.client("sagemaker")
        .get_paginator("list_training_jobs")
        .paginate(
            NameContains=prefix,
            SortBy="CreationTime",
            SortOrder="Descending",
            **({"StatusEquals": status} if status else {}),
        )
    )
    for page in pages:
        for summary in page["TrainingJobSummaries"]:
            if summary["TrainingJobName"].startswith(prefix):
                yield summary


def newest_completed(connection: Connection, workload: str) -> str:
    """The newest job that has a model of this very workload.

    Raises:
        LaunchpadError: there is none.
    """
    sagemaker = connection.client("sagemaker")
    for summary in recent(connection, status="Completed", workload=workload):
        name: str = summary["TrainingJobName"]
        output = sagemaker.describe_training_job(TrainingJobName=name)["OutputDataConfig"]["S3OutputPath"]
        if f"/{workload}/" in output:  # `a-b` begins like `a`, too
            return name
    raise LaunchpadError(
        f"workload {workload!r} has no completed training job in environment {connection.name!r};"
        f" run `launchpad run {workload} --env {connection.name}` first"
    )
