"""Training jobs: start one, follow it, report how it ended."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.channels import is_empty
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.logs import LogLine, training_log
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.work.names import prefix_of

RECENT = 10
"""How many of the newest jobs tell how long the next ones may take."""
ENDED = ("Completed", "Failed", "Stopped")
"""The final values of TrainingJobStatus."""
LATE_LOOKS = {True: 0, False: 3}
"""How often to poll for late log lines after a job's end, by whether it is the local AWS: CloudWatch has a delay."""
Job = Mapping[str, Any]
"""The response of DescribeTrainingJob."""


@dataclass(frozen=True)
class Transition:
    """The job entered another secondary status, or the message of the current one changed."""

    status: str
    message: str
    since: datetime


def launch(
    connection: Connection,
    platform: Platform,
    workload: str,
    token: str,
    overrides: Mapping[str, Any],
    code: Mapping[str, Any] | None = None,
) -> str:
    """Have the launch function start the workload's training job; return its name. One token only ever starts one job.

    `code` is what the event says about the code to run: `launchpad.launch_code`.

    Raises:
        LaunchpadError: the function refused.
    """
    event = {"workload": workload, "token": token, "overrides": dict(overrides), **(code or {})}
    name: str = invoke(connection, platform.launch_function, event)["training_job_name"]
    return name


def recent_seconds(connection: Connection, workload: str, machines: Sequence[tuple[str, int]]) -> list[float]:
    """How long the newest completed jobs of a workload took on these instances; empty if none did."""
    sagemaker = connection.client("sagemaker")
    listed = sagemaker.list_training_jobs(
        NameContains=prefix_of(connection.name, workload),
        StatusEquals="Completed",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=RECENT,
    )["TrainingJobSummaries"]
    jobs = [sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"]) for each in listed]
    return [
        float(job["TrainingTimeInSeconds"])
        for job in jobs
        if f"/{workload}/" in job["OutputDataConfig"]["S3OutputPath"]
        and _machines(job) == list(machines)
        and job.get("TrainingTimeInSeconds")
    ]


def _machines(job: Job) -> list[tuple[str, int]]:
    groups = job["ResourceConfig"].get("InstanceGroups") or [job["ResourceConfig"]]
    return [(group["InstanceType"], group["InstanceCount"]) for group in groups]


def follow(connection: Connection, job: str, show: Callable[[Transition | LogLine], object]) -> Job:
    """Pass the job's transitions and log lines to `show` as they happen; return its description once it has ended."""
    sagemaker = connection.client("sagemaker")
    log = training_log(connection.client("logs"), job)
    reported: set[Transition] = set()
    while True:
        description: Job = sagemaker.describe_training_job(TrainingJobName=job)
        fresh = new_transitions(description, reported)
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


def new_transitions(description: Job, reported: set[Transition]) -> list[Transition]:
    """Return the transitions that are not in `reported` yet, and add them to it."""
    all_of_them = [
        Transition(item["Status"], item.get("StatusMessage", ""), item["StartTime"])
        for item in description.get("SecondaryStatusTransitions", [])
    ]
    fresh = [transition for transition in all_of_them if transition not in reported]
    reported.update(fresh)
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
    """The exit code in the FailureReason of a failed job, if it has one."""
    codes = re.findall(r"exit code:? (\d+)|ExitCode (\d+)", description.get("FailureReason", ""), re.IGNORECASE)
    return int(next(code for code in codes[-1] if code)) if codes else None


def has_checkpoints(connection: Connection, description: Job) -> bool:
    """Whether the job has left checkpoints in S3 from which another one can go on; True if they can't be listed."""
    if "CheckpointConfig" not in description:
        return False
    bucket, _, prefix = description["CheckpointConfig"]["S3Uri"].removeprefix("s3://").partition("/")
    try:
        return not is_empty(connection.client("s3"), bucket, prefix.rstrip("/"))
    except ClientError:  # the caller may not list the bucket, and the launch function looks again
        return True


def recent(connection: Connection, *, status: str | None = None, workload: str | None = None) -> Iterator[Job]:
    """The environment's training jobs from ListTrainingJobs, the newest first.

    Those of a workload may include another one's whose name begins alike.
    """
    prefix = prefix_of(connection.name, workload)
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
