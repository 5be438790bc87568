"""A job that can reach MLflow is launched with the run that its script shall log into."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit import functions
from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import imported

APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABC"
EXPERIMENT = "launchpad-dev/boston-housing"
OWN = {"MLFLOW_TRACKING_URI": APP, "MLFLOW_EXPERIMENT_NAME": EXPERIMENT}
NAME = "dev-boston-housing-one"


@pytest.fixture
def module(tmp_path, monkeypatch, mlflow):
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", mlflow.address)
    monkeypatch.setattr(functions, "ENVIRONMENT", {**functions.ENVIRONMENT, "tracking_uri": APP})
    with imported(tmp_path, monkeypatch, "launched_runs", {"boston-housing": rendered(WORKLOAD)}) as module:
        module.decided = lambda *_, **__: None
        yield module


def launched(module: Any, variables: dict[str, str], kind: str = "training") -> dict[str, Any]:
    request: dict[str, Any] = {"TrainingJobName": NAME, "Environment": variables}
    if kind == "tuning":
        request = {"HyperParameterTuningJobName": "dev-tune", "TrainingJobDefinition": {"Environment": variables}}
    result: dict[str, Any] = module.with_run(kind, {"name": "boston-housing"}, request)
    return result


def test_a_job_names_the_run_that_was_created_for_it(module, mlflow):
    run_id = launched(module, OWN)["Environment"]["MLFLOW_RUN_ID"]
    run = mlflow.run_named(NAME)
    assert (run["id"], run["tags"]["launchpad.job"]) == (run_id, NAME)
    assert list(mlflow.experiments) == [EXPERIMENT]


def test_a_repeated_launch_names_the_same_run(module, mlflow):
    assert launched(module, OWN) == launched(module, OWN)
    assert len(mlflow.runs) == 1


@pytest.mark.parametrize(
    "variables",
    [{}, {**OWN, "MLFLOW_TRACKING_URI": "http://mine"}, {**OWN, "MLFLOW_RUN_ID": "mine"}],
    ids=["isolated", "another server", "a run of its own"],
)
def test_no_run_is_created_for_a_job_that_logs_elsewhere(module, mlflow, variables):
    assert launched(module, variables)["Environment"] == variables
    assert mlflow.runs == {}


def test_a_workloads_own_experiment_has_the_run(module, mlflow):
    launched(module, {**OWN, "MLFLOW_EXPERIMENT_NAME": "mine"})
    assert list(mlflow.experiments) == ["mine"]


def test_the_scripts_of_a_tuning_job_log_below_its_run(module, mlflow):
    variables = launched(module, OWN, "tuning")["TrainingJobDefinition"]["Environment"]
    context = json.loads(variables["MLFLOW_RUN_CONTEXT"])
    assert context["mlflow.parentRunId"] == mlflow.run_named("dev-tune")["id"]
    assert "MLFLOW_RUN_ID" not in variables


def test_a_job_is_launched_while_mlflow_does_not_answer(module, mlflow, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", "http://127.0.0.1:1")
    request = launched(module, OWN)
    context = json.loads(request["Environment"]["MLFLOW_RUN_CONTEXT"])
    assert context == {"launchpad.job": NAME, "mlflow.runName": NAME}
    assert module.without_run(request)["Environment"] == OWN
    module.abandon_run(request)


def test_a_tuning_job_is_launched_while_mlflow_does_not_answer(module, mlflow, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", "http://127.0.0.1:1")
    assert launched(module, OWN, "tuning")["TrainingJobDefinition"]["Environment"] == OWN


def test_the_run_is_no_part_of_what_a_launch_asks_for(module):
    assert module.without_run(launched(module, OWN))["Environment"] == OWN
    assert module.without_run(launched(module, OWN, "tuning"))["TrainingJobDefinition"]["Environment"] == OWN


def test_the_run_of_a_refused_job_has_failed(module, mlflow):
    module.abandon_run(launched(module, OWN))
    assert mlflow.run_named(NAME)["status"] == "FAILED"


def test_the_run_of_a_refused_tuning_job_has_failed(module, mlflow):
    module.abandon_run(launched(module, OWN, "tuning"))
    assert mlflow.run_named("dev-tune")["status"] == "FAILED"


def test_a_run_that_a_workload_names_is_not_abandoned(module, mlflow):
    launched(module, OWN)
    own = {**OWN, "MLFLOW_RUN_CONTEXT": json.dumps({"team": "vision"})}
    module.abandon_run(launched(module, own, "tuning"))
    assert mlflow.run_named(NAME)["status"] == "RUNNING"
