"""Which runs a comparison shows: those of the jobs, tuning jobs, pipeline runs and workloads that were named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.work import Work, find
from launchpad.platform_client.work.lookup import workloads
from launchpad.platform_client.work.names import prefix_of
from launchpad.platform_client.work.pipeline_runs import steps
from launchpad.runs.reading import Reader, workload_of
from launchpad.runs.run import Run

MakeReader = Callable[[str], Reader]


@dataclass
class Choice:
    """The runs, and the tuning job if they are all of one."""

    runs: list[Run] = field(default_factory=list)
    workloads: set[str] = field(default_factory=set)
    tuning: Mapping[str, Any] | None = None


def choose(connection: Connection, names: Sequence[str], reader_of: MakeReader, limit: int) -> Choice:
    """The runs that `names` stand for, each once; of a workload, the `limit` newest that have completed.

    Raises:
        LaunchpadError: a name stands for nothing that trains.
    """
    choice = Choice()
    for name in names:
        if name in workloads() and not name.startswith(prefix_of(connection.name)):
            _add(choice, name, _completed(reader_of(name), limit))
            continue
        work = find(connection, name)
        reader = reader_of(work.workload or _owner(work))
        _add(choice, reader.workload, reader.named(training_jobs(connection, work)))
        if work.kind == "tuning" and len(names) == 1:
            choice.tuning = work.description
    if not choice.runs:
        raise LaunchpadError(f"{', '.join(names)}: no completed run to compare; `launchpad run` starts one")
    return choice


def training_jobs(connection: Connection, work: Work) -> list[str]:
    """The training jobs that a piece of work is, or has started.

    Raises:
        LaunchpadError: it is of a kind that starts none.
    """
    if work.kind == "training":
        return [work.name]
    if work.kind == "tuning":
        return trials_of(connection, work.name)
    if work.kind == "pipeline":
        parts = {step.name: step.kind for step in steps(connection, work)}
        jobs = [name for name, kind in parts.items() if kind == "training"]
        return jobs + [job for name, kind in parts.items() if kind == "tuning" for job in trials_of(connection, name)]
    raise LaunchpadError(f"{work.name} is a {work.noun}; name training jobs, tuning jobs, pipeline runs or workloads")


def trials_of(connection: Connection, tuning: str) -> list[str]:
    """The training jobs of a tuning job, the oldest first."""
    pages = (
        connection.client("sagemaker")
        .get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
        .paginate(HyperParameterTuningJobName=tuning, SortBy="CreationTime", SortOrder="Ascending")
    )
    return [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]


def _add(choice: Choice, workload: str, runs: Sequence[Run]) -> None:
    names = {run.job for run in choice.runs}
    choice.runs += [run for run in runs if run.job not in names]
    choice.workloads.add(workload)


def _completed(reader: Reader, limit: int) -> list[Run]:
    return [run for run in reader.newest(4 * limit) if run.status == "Completed"][:limit]


def _owner(work: Work) -> str:
    """The workload in a job's output, where neither its name nor its tags say it."""
    return workload_of(work.description) if work.kind == "training" else ""
