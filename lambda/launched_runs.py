"""The run that a job's own script logs into: created before the job, so that script and platform share it.

Only for a job that can reach MLflow. The runs of isolated jobs are created by `track.py`, when they start. Note: a job
is launched also while MLflow does not answer: its script then logs into a run that MLflow's client creates.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from decision_log import decided
from platform_access import ENVIRONMENT

from launchpad.requests import Definition, Request
from launchpad.requests.training import EXPERIMENT_VARIABLE, TRACKING_VARIABLE

RUN_VARIABLE = "MLFLOW_RUN_ID"


def with_run(kind: str, definition: Definition, request: Request) -> Request:
    """Return the request of a training job with the run that its script shall log into, or as it is."""
    variables = request.get("Environment") or {}
    if kind != "training" or not ENVIRONMENT.tracking_uri or _goes_elsewhere(variables):
        return request
    run_id = _run_id(request["TrainingJobName"], definition["name"], variables[EXPERIMENT_VARIABLE])
    return {**request, "Environment": {**variables, RUN_VARIABLE: run_id}} if run_id else request


def without_run(member: Any) -> Any:
    """Return a request's variables without the run, which is not part of what a launch asks for."""
    return {key: value for key, value in member.items() if key != RUN_VARIABLE}


def abandon_run(request: Request) -> None:
    """Mark the run of a job as failed that SageMaker refused to create."""
    run_id = (request.get("Environment") or {}).get(RUN_VARIABLE)
    if not run_id or not ENVIRONMENT.tracking_uri or request["Environment"].get(TRACKING_VARIABLE) is None:
        return
    from experiments import set_status
    from mlflow_client import Mlflow, MlflowError

    with suppress(MlflowError, OSError):
        set_status(Mlflow(ENVIRONMENT.tracking_uri), run_id, "FAILED", int(time.time() * 1000))


def _goes_elsewhere(variables: Mapping[str, str]) -> bool:
    """Return whether the job logs nowhere, to another server, or into a run that the workload names."""
    own = variables.get(TRACKING_VARIABLE) == ENVIRONMENT.tracking_uri and EXPERIMENT_VARIABLE in variables
    return not own or RUN_VARIABLE in variables


def _run_id(job: str, workload: str, experiment: str) -> str | None:
    from experiments import experiment_id, run_of  # here, because most launches need neither
    from mlflow_client import Mlflow, MlflowError

    mlflow = Mlflow(ENVIRONMENT.tracking_uri)
    try:
        tags = {"launchpad.workload": workload, "launchpad.environment": ENVIRONMENT.name}
        run = run_of(mlflow, experiment_id(mlflow, experiment), job, int(time.time() * 1000), tags)
    except (MlflowError, OSError) as error:
        decided("untracked", f"{job}: MLflow did not create its run: {error}", job=job)
        return None
    return str(run["info"]["run_id"])
