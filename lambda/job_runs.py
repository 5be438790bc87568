"""The run of a training job in MLflow: that which its script logs into, else the one with its tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments import Run, experiment_id, read_run, run_of
from launched_runs import RUN_VARIABLE
from metric_history import milliseconds
from mlflow_client import Mlflow
from platform_access import ENVIRONMENT

from launchpad.requests.training import EXPERIMENT_VARIABLE, TRACKING_VARIABLE, experiment_name


def training_run(mlflow: Mlflow, job: Mapping[str, Any], workload: str) -> Run:
    """Return the run of a training job (DescribeTrainingJob's response); it is created if it does not exist."""
    variables = job.get("Environment") or {}
    if variables.get(TRACKING_VARIABLE) == ENVIRONMENT.tracking_uri and RUN_VARIABLE in variables:
        return read_run(mlflow, variables[RUN_VARIABLE])
    return job_run(mlflow, job["TrainingJobName"], workload, variables, job, {"launchpad.kind": "training"})


def job_run(
    mlflow: Mlflow,
    name: str,
    workload: str,
    variables: Mapping[str, str],
    job: Mapping[str, Any],
    tags: Mapping[str, str],
) -> Run:
    """Return the run with the tag of a job, in the experiment that the job's variables name, or in the workload's."""
    experiment = variables.get(EXPERIMENT_VARIABLE) or experiment_name({"name": workload}, ENVIRONMENT)
    return run_of(mlflow, experiment_id(mlflow, experiment), name, milliseconds(job["CreationTime"]), tags)
