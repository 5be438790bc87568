"""Chooses the training job whose model is served when no job is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.training_jobs import Job, recent

if TYPE_CHECKING:
    from launchpad.workload import Workload


@dataclass(frozen=True)
class Candidate:
    """The job to serve, and why it is not simply the newest one."""

    job: str
    reason: str = ""
    record: str = ""
    """The name of the history's record that brings back what an endpoint served before it was removed."""


def candidate(connection: Connection, platform: Platform, workload: Workload) -> Candidate:
    """The newest completed job; the best one if that is part of a tuning; the newest evaluated one with `evaluate`.

    Raises:
        LaunchpadError: no such job exists; says which command makes one.
    """
    jobs = completed(connection, workload.name)
    newest = next(jobs, None)
    if newest is None:
        raise LaunchpadError(
            f"workload {workload.name!r} has no completed training job in environment {connection.name!r};"
            f" run `launchpad run {workload.name} --env {connection.name}` first"
        )
    if workload.evaluate:
        return _evaluated(connection, platform, workload, [newest, *jobs])
    return _best(connection, newest)


def completed(connection: Connection, workload: str) -> Iterator[Job]:
    """The descriptions of the completed jobs of exactly this workload, the newest first."""
    sagemaker = connection.client("sagemaker")
    for summary in recent(connection, status="Completed", workload=workload):
        job: Job = sagemaker.describe_training_job(TrainingJobName=summary["TrainingJobName"])
        if f"/{workload}/" in job["OutputDataConfig"]["S3OutputPath"]:  # because names of `a-b` also begin with `a`
            yield job


def _best(connection: Connection, job: Job) -> Candidate:
    """The job itself, or the best of the tuning that started it (TuningJobArn)."""
    if "TuningJobArn" not in job:
        return Candidate(job["TrainingJobName"])
    tuning = job["TuningJobArn"].rpartition("/")[2]
    description = connection.client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning)
    best = description.get("BestTrainingJob")
    if not best:
        raise LaunchpadError(
            f"the newest completed job {job['TrainingJobName']} is part of tuning {tuning}, which has no best job;"
            " choose one with --job"
        )
    return Candidate(best["TrainingJobName"], f"best of tuning {tuning}")


def _evaluated(connection: Connection, platform: Platform, workload: Workload, jobs: list[Job]) -> Candidate:
    evaluations = evaluated_jobs(connection.client("s3"), platform.model_bucket, workload.name)
    names = [job["TrainingJobName"] for job in jobs]
    name = next((name for name in names if name in evaluations), None)
    if name is None:
        best = _best(connection, jobs[0]).job
        raise LaunchpadError(
            f"no completed training job of {workload.name!r} was evaluated yet; run `launchpad job evaluate"
            f" {workload.name} --from-job {best} --env {connection.name}` first"
        )
    return Candidate(name, "" if name == names[0] else f"newest evaluated; {names[0]} is newer, without an evaluation")


def evaluated_jobs(s3: Any, bucket: str, workload: str) -> set[str]:
    """The jobs with an evaluation's metrics.json in the model bucket."""
    prefix = f"{workload}/evaluations/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])]
    return {key.partition("/")[0] for key in keys if key.endswith("/metrics.json")}
