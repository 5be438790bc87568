"""The log of a piece of work of any kind, as far as it goes; each read returns what is new.

A tuning job and a pipeline run have no log, so theirs is that of their jobs. EMR puts a step's log into S3, some
minutes late and whole at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import ENDPOINT_GROUP, LogLine, LogTail
from launchpad.platform_client.work import pipeline_runs, sagemaker_jobs
from launchpad.platform_client.work.piece import Work
from launchpad.platform_client.work.spark_logs import spark_log


@dataclass(frozen=True)
class Entry:
    """One line, and the name of the job that printed it."""

    source: str
    line: LogLine


class Log(Protocol):
    """The log of one piece of work."""

    def read(self) -> list[Entry]:
        """The new lines; those of one source are in the order of time."""


@dataclass
class JobLog:
    """The log of one job or endpoint."""

    name: str
    tail: Any

    def read(self) -> list[Entry]:
        """The new lines of all its instances."""
        return [Entry(self.name, line) for line in self.tail.read()]


@dataclass
class TuningLog:
    """The logs of a tuning's training jobs, the first one first."""

    connection: Connection
    name: str
    since: int = 0
    jobs: dict[str, JobLog] = field(default_factory=dict)

    def read(self) -> list[Entry]:
        """The new lines of all its training jobs."""
        pages = (
            self.connection.client("sagemaker")
            .get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
            .paginate(HyperParameterTuningJobName=self.name, SortBy="CreationTime", SortOrder="Ascending")
        )
        for name in [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]:
            self.jobs.setdefault(name, job_log(self.connection, "training", name, self.since))
        return [entry for job in self.jobs.values() for entry in job.read()]


@dataclass
class PipelineLog:
    """The states of a run, and the log of each of its jobs that runs, or that ended without success.

    With `everything`, those of all its jobs.
    """

    connection: Connection
    run: Work
    since: int = 0
    everything: bool = False
    count: int = 0
    logs: dict[str, Log] = field(default_factory=dict)

    def read(self) -> list[Entry]:
        """The new states, then the new lines of the jobs."""
        states = pipeline_runs.states(self.connection, self.run)
        entries = [
            Entry(self.run.name, LogLine("states", state.milliseconds, state.text)) for state in states[self.count :]
        ]
        self.count = len(states)
        for step in pipeline_runs.steps(self.connection, self.run):
            log = self._log(step)
            entries += log.read() if log else []
        return entries

    def _log(self, step: pipeline_runs.Step) -> Log | None:
        if step.name in self.logs:
            return self.logs[step.name]
        work = described_step(self.connection, step)
        if work is None or (work.status in SUCCEEDED and not self.everything):
            return None
        log = log_of(self.connection, work, since=self.since)
        self.logs[step.name] = log
        return log


SUCCEEDED = ("Completed", "COMPLETED", "SUCCESS", "SUCCEEDED")


def log_of(connection: Connection, work: Work, *, since: int = 0, everything: bool = False) -> Log:
    """The log of a piece of work from `since` on (milliseconds since 1970, UTC).

    That of an endpoint begins with its current configuration, that of a pipeline run leaves out the jobs that
    succeeded; with `everything` neither does.
    """
    builders: Mapping[str, Callable[[], Log]] = {
        "tuning": lambda: TuningLog(connection, work.name, since),
        "pipeline": lambda: PipelineLog(connection, work, since, everything),
        "endpoint": lambda: _endpoint_log(connection, work, since, everything),
        "spark": lambda: JobLog(work.name, spark_log(connection, work)),
    }
    if work.kind in builders:
        return builders[work.kind]()
    return job_log(connection, work.kind, work.name, since)


def job_log(connection: Connection, kind: str, name: str, since: int = 0) -> JobLog:
    """The log of a training, processing or transform job."""
    group = sagemaker_jobs.JOBS[kind].log_group or ""
    return JobLog(name, LogTail(connection.client("logs"), group, f"{name}/", since=since))


def described_step(connection: Connection, step: pipeline_runs.Step) -> Work | None:
    """The job of a pipeline run's step."""
    from launchpad.platform_client.work.lookup import described

    return described(connection, step.kind, step.name)


def _endpoint_log(connection: Connection, endpoint: Work, since: int, everything: bool) -> JobLog:
    """An endpoint's log. An instance writes one stream, and an update replaces all instances."""
    created = 0
    config = endpoint.description.get("EndpointConfigName")
    if config and not everything:
        description = connection.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
        created = milliseconds(description["CreationTime"])
    group = f"{ENDPOINT_GROUP}/{endpoint.name}"
    return JobLog(endpoint.name, LogTail(connection.client("logs"), group, created=created, since=since))


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, UTC, as CloudWatch Logs counts."""
    return int(moment.timestamp() * 1000)
