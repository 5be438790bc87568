"""The run that a job's own script logs into: created before the job, so that script and platform share it.

Only for a job that can reach MLflow. The runs of isolated jobs are created by `track.py`, when they start. The jobs of
a tuning job share their variables, so MLflow's client creates a run for each script, below the tuning job's. A job is
launched while MLflow does not answer, too: if its script logs, MLflow's client creates the run, with the job's tag.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from decision_log import decided
from platform_access import ENVIRONMENT

from launchpad.requests import Definition, Request
from launchpad.requests.training import EXPERIMENT_VARIABLE, TRACKING_VARIABLE

RUN_VARIABLE = "MLFLOW_RUN_ID"
CONTEXT_VARIABLE = "MLFLOW_RUN_CONTEXT"
"""Tags, as JSON, that MLflow's client gives to each run that it creates."""
_TUNING_TAG = "launchpad.tuning_job"
_JOBS = "TrainingJobDefinition"
"""The member of a tuning job's request with what its training jobs share."""


def with_run(kind: str, definition: Definition, request: Request) -> Request:
    """Return the request of a job with the run that its script shall log into, or as it is."""
    if not ENVIRONMENT.tracking_uri or kind not in ("training", "tuning"):
        return request
    job = request if kind == "training" else request[_JOBS]
    variables = job.get("Environment") or {}
    if _goes_elsewhere(variables):
        return request
    name = request["TrainingJobName" if kind == "training" else "HyperParameterTuningJobName"]
    run_id = _run_id(name, kind, definition["name"], variables[EXPERIMENT_VARIABLE])
    if run_id is None and kind == "tuning":
        return request
    tracked = {**job, "Environment": {**variables, **_variables(kind, name, run_id)}}
    return tracked if kind == "training" else {**request, _JOBS: tracked}


def without_run(request: Request) -> Request:
    """Return a request without the run in its variables, which is not part of what a launch asks for."""
    jobs = {_JOBS: without_run(request[_JOBS])} if _JOBS in request else {}
    if "Environment" not in request:
        return {**request, **jobs}
    own = {key: value for key, value in request["Environment"].items() if key not in (RUN_VARIABLE, CONTEXT_VARIABLE)}
    return {**request, **jobs, "Environment": own}


def abandon_run(request: Request) -> None:
    """Mark the run of a training or tuning job as failed that SageMaker refused to create."""
    variables = request.get(_JOBS, request).get("Environment") or {}
    run_id = variables.get(RUN_VARIABLE) or _parent_run(variables)
    if not run_id or variables.get(TRACKING_VARIABLE) != ENVIRONMENT.tracking_uri:
        return
    from experiments import set_status
    from mlflow_client import Mlflow, MlflowError

    with suppress(MlflowError, OSError):
        set_status(Mlflow(ENVIRONMENT.tracking_uri), run_id, "FAILED", int(time.time() * 1000))


def leaves_run_to_script(job: Mapping[str, Any]) -> bool:
    """Return whether a training job was launched without a run: if its script logs, that creates one with its tag."""
    from experiments import JOB_TAG

    tags = _context(job.get("Environment") or {})
    return bool(tags.get(JOB_TAG) == job["TrainingJobName"])


def _variables(kind: str, job: str, run_id: str | None) -> dict[str, str]:
    from experiments import JOB_TAG

    if run_id is None:
        return {CONTEXT_VARIABLE: json.dumps({JOB_TAG: job, "mlflow.runName": job})}
    if kind == "training":
        return {RUN_VARIABLE: run_id}
    return {CONTEXT_VARIABLE: json.dumps({"mlflow.parentRunId": run_id, _TUNING_TAG: job})}


def _parent_run(variables: Mapping[str, str]) -> str | None:
    """Return the run of a tuning job; None if the workload has set the context itself."""
    context = _context(variables)
    return context["mlflow.parentRunId"] if _TUNING_TAG in context else None


def _context(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the tags that MLflow's client gives to a script's runs."""
    try:
        context = json.loads(variables.get(CONTEXT_VARIABLE, "{}"))
    except ValueError:
        return {}
    return context if isinstance(context, dict) else {}


def _goes_elsewhere(variables: Mapping[str, str]) -> bool:
    """Return whether the job logs nowhere, to another server, or into a run that the workload names."""
    own = variables.get(TRACKING_VARIABLE) == ENVIRONMENT.tracking_uri and EXPERIMENT_VARIABLE in variables
    return not own or bool({RUN_VARIABLE, CONTEXT_VARIABLE} & variables.keys())


def _run_id(job: str, kind: str, workload: str, experiment: str) -> str | None:
    from experiments import experiment_id, run_of  # here, because most launches need neither
    from mlflow_client import Mlflow, MlflowError

    mlflow = Mlflow(ENVIRONMENT.tracking_uri)
    try:
        tags = {"launchpad.kind": kind, "launchpad.workload": workload, "launchpad.environment": ENVIRONMENT.name}
        run = run_of(mlflow, experiment_id(mlflow, experiment), job, int(time.time() * 1000), tags)
    except (MlflowError, OSError) as error:
        decided("untracked", f"{job}: MLflow did not create its run: {error}", job=job)
        return None
    return str(run["info"]["run_id"])
