"""Reads runs from SageMaker's API, the platform's records and the evaluations in S3. None of it needs MLflow.

ListTrainingJobs names the jobs, and DescribeTrainingJob has their values: a few calls run side by side, and botocore
retries what AWS throttles.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.candidates import evaluated_jobs
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.outputs import read_object
from launchpad.platform_client.platform import Platform
from launchpad.platform_client.records import record_of
from launchpad.platform_client.training_jobs import metrics as final_metrics
from launchpad.platform_client.work.names import prefix_of, workload_in
from launchpad.requests.cost import job_cost, machines_of
from launchpad.runs.pipeline_jobs import pipeline_jobs
from launchpad.runs.provenance import code_version, data_version
from launchpad.runs.run import Gate, Run, decoded
from launchpad.runs.verdicts import verdict

THREADS = 4
"""Calls side by side: more are throttled in accounts with other users."""
ATTEMPTS = 10
"""The attempts of a throttled call, with growing pauses."""
Job = Mapping[str, Any]


@dataclass(frozen=True)
class Reader:
    """Reads the runs of one workload."""

    connection: Connection
    platform: Platform
    workload: str
    prices: Mapping[str, float]
    fallback: Mapping[str, Any] | None = None
    """The definition of a job without a record: of the working copy, for its quality gate."""

    def newest(self, limit: int | None = None, progress: Callable[[int], object] = bool) -> list[Run]:
        """The workload's runs, the newest first; at most `limit`. `progress` gets the number of runs read so far."""
        runs: list[Run] = []
        names = self._names()
        with ThreadPoolExecutor(THREADS) as pool:
            while chunk := list(islice(names, 8 * THREADS)):
                runs += [run for run in pool.map(self._ours, chunk) if run]
                progress(len(runs))
                if limit is not None and len(runs) >= limit:
                    return runs[:limit]
        return runs

    def named(self, jobs: Sequence[str]) -> list[Run]:
        """The runs of these training jobs, in this order."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(lambda name: self.run(self._describe(name)), jobs))

    def run(self, job: Job) -> Run:
        """A training job as a run."""
        name, tuning = job["TrainingJobName"], str(job.get("TuningJobArn", "")).rpartition("/")[2]
        record = record_of(self.connection, self.platform, self.workload, tuning or name) or {}
        evaluation = self._evaluation(name)
        values = {**final_metrics(job), **evaluation}
        origin, tags = record.get("origin") or {}, self._tags(job) if not record else {}
        return Run(
            job=name,
            status=job["TrainingJobStatus"],
            started=job["CreationTime"],
            seconds=_seconds(job),
            hyperparameters=decoded(job.get("HyperParameters") or {}),
            metrics=values,
            evaluation=evaluation,
            gate=self._gate(job, record, values, evaluated=bool(evaluation)),
            instance=instances_of(job),
            data=data_version(record) or tags.get("launchpad:data", ""),
            commit=origin.get("commit") or tags.get("launchpad:commit", ""),
            dirty=bool(origin.get("dirty")) or tags.get("launchpad:dirty") == "true",
            code=code_version(record) or tags.get("launchpad:code", ""),
            tuning=tuning,
            pipeline=self._pipelines.get(tuning or name, ""),
            cost=job_cost("training", job, self.prices),
            description=job,
            record=record,
        )

    def _ours(self, name: str) -> Run | None:
        """The run, if the job is exactly this workload's: names of workload `a-b` also begin with `a`."""
        job = self._describe(name)
        return self.run(job) if f"/{self.workload}/" in job["OutputDataConfig"]["S3OutputPath"] else None

    def _describe(self, name: str) -> Job:
        job: Job = self._sagemaker.describe_training_job(TrainingJobName=name)
        return job

    def _names(self) -> Iterator[str]:
        """The names of the workload's training jobs, the newest first; some may be of one with a similar name."""
        prefix = prefix_of(self.connection.name, self.workload)
        pages = self._sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=prefix, SortBy="CreationTime", SortOrder="Descending"
        )
        for page in pages:
            for summary in page["TrainingJobSummaries"]:
                name: str = summary["TrainingJobName"]
                if name.startswith(prefix) and workload_in(self.connection.name, name) in (None, self.workload):
                    yield name

    def _evaluation(self, job: str) -> dict[str, float]:
        if job not in self._evaluated:
            return {}
        folder = f"s3://{self.platform.model_bucket}/{self.workload}/evaluations/{job}"
        body = read_object(self.connection, f"{folder}/metrics.json")
        return numbers_in(body.read()) if body else {}

    def _gate(
        self, job: Job, record: Mapping[str, Any], values: Mapping[str, float], *, evaluated: bool
    ) -> Gate | None:
        definition = record.get("definition") or self.fallback or {}
        completed = job["TrainingJobStatus"] == "Completed"
        return verdict(definition, values, evaluated=evaluated) if completed else None

    def _tags(self, job: Job) -> dict[str, str]:
        try:
            response = self._sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])
        except (ClientError, KeyError):
            return {}
        return {tag["Key"]: tag["Value"] for tag in response["Tags"]}

    @cached_property
    def _sagemaker(self) -> Any:
        return self.connection.client("sagemaker", attempts=ATTEMPTS)

    @cached_property
    def _evaluated(self) -> set[str]:
        return evaluated_jobs(self.connection.client("s3"), self.platform.model_bucket, self.workload)

    @cached_property
    def _pipelines(self) -> Mapping[str, str]:
        return pipeline_jobs(self.connection, self.workload)


def instances_of(job: Job) -> str:
    """The job's instances, such as `ml.m5.large` or `2 ml.m5.large + 1 ml.g5.xlarge`."""
    machines = machines_of("training", job)
    return " + ".join(name if count == 1 and len(machines) == 1 else f"{count} {name}" for name, count in machines)


def _seconds(job: Job) -> float | None:
    end = job.get("TrainingEndTime")
    return (end - job["CreationTime"]).total_seconds() if end else None


def numbers_in(content: bytes) -> dict[str, float]:
    """The numbers in the text of a metrics.json; none if it is no such file."""
    try:
        values = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(values, dict):
        return {}
    return {
        str(name): float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def workload_of(job: Job) -> str:
    """The workload that a training job belongs to, from its output folder: BUCKET/WORKLOAD/jobs.

    Raises:
        LaunchpadError: the platform did not start it.
    """
    parts = urlsplit(job["OutputDataConfig"]["S3OutputPath"]).path.strip("/").split("/")
    if len(parts) < 2 or parts[-1] != "jobs":
        raise LaunchpadError(f"{job['TrainingJobName']} is no training job of this platform: it belongs to no workload")
    return "/".join(parts[:-1])
