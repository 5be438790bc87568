"""Jobs of every kind except training (see `training_jobs`): start one, follow it, report how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.logs import LogLine, LogTail
from launchpad.platform_client.platform import Platform

ENDED = ("Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class Kind:
    """One kind of SageMaker job, in the terms of its API."""

    noun: str
    """The noun in boto3's names, such as `processing_job`."""
    member: str
    """The noun in the API's names, such as `ProcessingJob`."""
    log_group: str | None
    """None for a tuning job, because its training jobs have the logs."""

    @property
    def work(self) -> str:
        """The kind of work (`launchpad.platform_client.work.KINDS`)."""
        return "tuning" if self.log_group is None else self.noun.removesuffix("_job")

    @property
    def name_key(self) -> str:
        """The member of requests and descriptions that names the job."""
        return f"{self.member}Name"

    def status(self, description: Mapping[str, Any]) -> str:
        """The job's status."""
        return str(description[f"{self.member}Status"])


PROCESSING = Kind("processing_job", "ProcessingJob", "/aws/sagemaker/ProcessingJobs")
TRANSFORM = Kind("transform_job", "TransformJob", "/aws/sagemaker/TransformJobs")
SECTIONS = {
    "prepare": PROCESSING,
    "evaluate": PROCESSING,
    "tuning": Kind("hyper_parameter_tuning_job", "HyperParameterTuningJob", None),
    "transform": TRANSFORM,
}
"""The kind of job that each section of `workload.yaml` describes."""
KINDS = {**SECTIONS, "baseline": PROCESSING, "baseline-predictions": TRANSFORM, "monitor": PROCESSING}
"""All kinds of job that the platform's functions start; training and Spark are separate."""


def launch(connection: Connection, platform: Platform, event: Mapping[str, Any]) -> str:
    """Have the launch function start a job; return the job's name.

    Raises:
        LaunchpadError: the function refused.
    """
    response = invoke(connection, platform.launch_function, event)
    return str(response[f"{KINDS[event['kind']].noun}_name"])


def follow(connection: Connection, kind: Kind, job: str, show: Callable[[str | LogLine], object]) -> Mapping[str, Any]:
    """Pass each status and log line to `show`; return the job's description once it has ended."""
    describe = getattr(connection.client("sagemaker"), f"describe_{kind.noun}")
    log = LogTail(connection.client("logs"), kind.log_group, f"{job}/") if kind.log_group else None
    last = ""
    while True:
        description: Mapping[str, Any] = describe(**{kind.name_key: job})
        for line in log.read() if log else []:
            show(line)
        now = progress(kind, description)
        if now != last:
            show(now)
            last = now
        if kind.status(description) in ENDED:
            return description
        time.sleep(connection.poll_seconds)


def failed_training_job(connection: Connection, tuning: str) -> tuple[str, str] | None:
    """The first failed training job of a tuning job, with its reason; None if none failed."""
    summaries = connection.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=tuning, StatusEquals="Failed", SortBy="CreationTime", SortOrder="Ascending"
    )["TrainingJobSummaries"]
    return (summaries[0]["TrainingJobName"], summaries[0].get("FailureReason", "")) if summaries else None


def progress(kind: Kind, description: Mapping[str, Any]) -> str:
    """A job's status; for a tuning job, the number of its training jobs by status."""
    counts = description.get("TrainingJobStatusCounters")
    if not counts:
        return kind.status(description)
    parts = [f"{counts.get('Completed', 0)} completed", f"{counts.get('InProgress', 0)} in progress"]
    parts += [f"{counts[key]} {words}" for key, words in _ENDINGS.items() if counts.get(key)]
    return f"{kind.status(description)}: {', '.join(parts)}"


_ENDINGS = {"Stopped": "stopped", "NonRetryableError": "failed"}
