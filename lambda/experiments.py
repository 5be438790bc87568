"""Runs of MLflow, one per job: found by a tag with the job's name, so that repeated calls find what exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlflow_client import EXISTS, MISSING, Mlflow, MlflowError

JOB_TAG = "launchpad.job"
MOST_PARAMETERS = 100
MOST_METRICS = 1000
"""The most of one `runs/log-batch` (MLflow's REST API)."""
LONGEST_PARAMETER = 6000
LONGEST_TAG = 5000

Run = dict[str, Any]
"""A run as MLflow describes it: `{"info": ..., "data": ...}`."""
Point = tuple[str, float, int, int]
"""A metric's name, a value, milliseconds since 1970, and the step."""


def experiment_id(mlflow: Mlflow, name: str) -> str:
    """Return the id of the experiment, which is created if it does not exist."""
    try:
        return _experiment(mlflow, name)
    except MlflowError as error:
        if error.code != MISSING:
            raise
    try:
        return str(mlflow.post("experiments/create", {"name": name})["experiment_id"])
    except MlflowError as error:
        if error.code != EXISTS:
            raise
    return _experiment(mlflow, name)  # created by another call meanwhile


def _experiment(mlflow: Mlflow, name: str) -> str:
    return str(mlflow.get("experiments/get-by-name", experiment_name=name)["experiment"]["experiment_id"])


def run_of(mlflow: Mlflow, experiment: str, job: str, started: int, tags: Mapping[str, str]) -> Run:
    """Return the job's run in the experiment with this id, which is created if it does not exist.

    Two calls at once may each create one. Both then see both, keep the same one, and each deletes its own other one.
    """
    if existing := _runs(mlflow, experiment, job):
        return existing[0]
    body = {
        "experiment_id": experiment,
        "run_name": job,
        "start_time": started,
        "tags": pairs({**tags, JOB_TAG: job}, LONGEST_TAG),
    }
    created: Run = mlflow.post("runs/create", body)["run"]
    first = next(iter(_runs(mlflow, experiment, job)), created)
    if _id(first) != _id(created):
        mlflow.post("runs/delete", {"run_id": _id(created)})
    return first


def _runs(mlflow: Mlflow, experiment: str, job: str) -> list[Run]:
    """Return the job's runs in an order that all callers share."""
    search = {"experiment_ids": [experiment], "filter": f"tags.`{JOB_TAG}` = '{job}'", "max_results": 10}
    return sorted(mlflow.post("runs/search", search).get("runs", []), key=_id)


def read_run(mlflow: Mlflow, run_id: str) -> Run:
    """Return a run by its id."""
    run: Run = mlflow.get("runs/get", run_id=run_id)["run"]
    return run


def log(
    mlflow: Mlflow,
    run: Run,
    *,
    parameters: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    points: Iterable[Point] = (),
) -> None:
    """Add to a run. A parameter that the run has stays, because MLflow refuses another value for it.

    The same point again changes nothing: MLflow keeps one per metric, step, time and value.
    """
    logged = {item["key"] for item in run["data"].get("params", [])}
    new = pairs({key: value for key, value in (parameters or {}).items() if key not in logged}, LONGEST_PARAMETER)
    if tags:
        mlflow.post("runs/log-batch", {"run_id": _id(run), "tags": pairs(tags, LONGEST_TAG)})
    for start in range(0, len(new), MOST_PARAMETERS):
        mlflow.post("runs/log-batch", {"run_id": _id(run), "params": new[start : start + MOST_PARAMETERS]})
    metrics = [
        {"key": key, "value": value, "timestamp": timestamp, "step": step} for key, value, timestamp, step in points
    ]
    for start in range(0, len(metrics), MOST_METRICS):
        mlflow.post("runs/log-batch", {"run_id": _id(run), "metrics": metrics[start : start + MOST_METRICS]})


def set_status(mlflow: Mlflow, run_id: str, status: str, ended: int | None) -> None:
    """Set a run's status: RUNNING, FINISHED, FAILED or KILLED."""
    end = {} if ended is None else {"end_time": ended}
    mlflow.post("runs/update", {"run_id": run_id, "status": status, **end})


def pairs(values: Mapping[str, str], longest: int) -> list[dict[str, str]]:
    """Return keys and values as MLflow takes parameters and tags, without empty values."""
    return [{"key": key, "value": value[:longest]} for key, value in values.items() if value]


def _id(run: Run) -> str:
    return str(run["info"]["run_id"])
