"""Names of earlier jobs that no environment can have: a job's name begins with its environment's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from launchpad.catalogue import FILE
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem
from launchpad.workload import Workload

KEY = ("training", "initial_model", "training_job")


def earlier_model_problems(
    workloads: Sequence[Workload], environments: Sequence[str], folder: Path
) -> Iterator[Problem]:
    """The workloads whose `training.initial_model.training_job` the launch function could not even look up.

    Its role describes the jobs of its environment only, by their names. Whether the job exists, only AWS knows.
    """
    prefixes = tuple(f"{name}-" for name in environments)
    for workload in workloads:
        model = workload.training and workload.training.initial_model
        job = model and model.training_job
        if job and not job.startswith(prefixes):
            message = (
                f"no environment has a job {job!r}: the names of jobs begin with {', '.join(prefixes)};"
                " `launchpad status` lists them"
            )
            yield problem_at(folder / workload.name / FILE, KEY, message)
