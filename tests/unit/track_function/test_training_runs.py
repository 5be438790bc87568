"""A training job's run in MLflow: one, whatever the order of events, with all that is known."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.functions import CONTEXT
from tests.unit.track_function.account import APP, COMMIT, NAME, START, changed, training_job

SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/dev-tracking"


def test_a_run_has_parameters_metrics_by_step_and_status(track, mlflow):
    track(changed())
    run = mlflow.run_named(NAME)
    assert run["params"] == {"test-size": "0.1", "kind": "ridge"}
    assert run["metrics"]["r2"] == [(0, 0.5), (1, 0.75)]
    assert (run["status"], run["end"]) == ("FINISHED", int((START + timedelta(minutes=2)).timestamp() * 1000))
    assert list(mlflow.experiments) == ["launchpad-dev/boston-housing"]


def test_a_run_says_where_code_and_data_came_from_and_what_it_cost(track, mlflow):
    track(changed())
    tags = mlflow.run_named(NAME)["tags"]
    assert (tags["launchpad.commit"], tags["launchpad.dirty"], tags["mlflow.user"]) == (COMMIT, "true", "ada")
    assert tags["mlflow.source.git.commit"] == COMMIT
    assert (tags["launchpad.data"], tags["launchpad.data.training"]) == ("0123456789abcdef", "fedcba9876543210")
    assert (tags["launchpad.instance"], tags["launchpad.spot"]) == ("1 x ml.m5.large", "true")
    assert tags["launchpad.billable_seconds"] == "36"
    assert tags["launchpad.gate"] == "passed"


def test_a_run_has_its_cost_and_what_spot_saved(track, mlflow):
    track(changed())
    run = mlflow.run_named(NAME)
    assert run["metrics"]["cost_usd"] == [(0, 0.001)]
    assert run["metrics"]["spot_saved_usd"] == [(0, pytest.approx(0.000667))]
    assert "launchpad.cost_unknown" not in run["tags"]


def test_a_missing_price_is_named_in_the_run(track, mlflow, account):
    account.jobs[NAME] = training_job(ResourceConfig={"InstanceType": "ml.p5.48xlarge", "InstanceCount": 1})
    track(changed())
    run = mlflow.run_named(NAME)
    assert {"cost_usd", "spot_saved_usd"}.isdisjoint(run["metrics"])
    assert run["tags"]["launchpad.cost_unknown"] == "AmazonSageMaker/Train:ml.p5.48xlarge"


def test_repeated_events_change_nothing(track, mlflow):
    track(changed())
    before = mlflow.run_named(NAME)
    track(changed())
    assert mlflow.run_named(NAME) == before


def test_a_late_event_of_the_start_leaves_the_run_ended(track, mlflow, account):
    account.jobs[NAME] = training_job(TrainingJobStatus="InProgress")
    track(changed())
    assert mlflow.run_named(NAME)["status"] == "RUNNING"
    assert mlflow.run_named(NAME)["params"] == {}
    account.jobs[NAME] = training_job()
    track(changed())
    track(changed())
    assert mlflow.run_named(NAME)["status"] == "FINISHED"


def test_a_job_without_a_run_takes_the_one_of_its_script(track, mlflow, account):
    """MLflow did not answer when the job was launched, and its client has created a run since."""
    variables = {
        "MLFLOW_TRACKING_URI": APP,
        "MLFLOW_EXPERIMENT_NAME": "launchpad-dev/boston-housing",
        "MLFLOW_RUN_CONTEXT": json.dumps({"launchpad.job": NAME, "mlflow.runName": NAME}),
    }
    account.jobs[NAME] = training_job(TrainingJobStatus="InProgress", Environment=variables)
    assert track(changed())["run_id"] is None
    experiment = mlflow.respond("experiments/create", {"name": "launchpad-dev/boston-housing"})["experiment_id"]
    tags = [{"key": "launchpad.job", "value": NAME}]
    body = {"experiment_id": experiment, "run_name": NAME, "start_time": 1, "tags": tags}
    own = mlflow.respond("runs/create", body)["run"]["info"]["run_id"]
    account.jobs[NAME] = training_job(Environment=variables)
    assert track(changed())["run_id"] == own
    assert len(mlflow.runs) == 1
    assert mlflow.run_named(NAME)["metrics"]["r2"] == [(0, 0.5), (1, 0.75)]


@pytest.mark.parametrize(("status", "run_status"), [("Failed", "FAILED"), ("Stopped", "KILLED")])
def test_a_job_that_did_not_complete_says_why(track, mlflow, account, status, run_status):
    account.jobs[NAME] = training_job(TrainingJobStatus=status, FailureReason="no such column")
    track(changed())
    run = mlflow.run_named(NAME)
    assert (run["status"], run["tags"]["launchpad.failure"]) == (run_status, "no such column")
    assert "launchpad.gate" not in run["tags"]


def test_without_a_record_the_run_has_what_sagemaker_knows(track, mlflow, account):
    account.objects.clear()
    track(changed())
    tags = mlflow.run_named(NAME)["tags"]
    assert tags["launchpad.workload"] == "boston-housing"
    assert "launchpad.commit" not in tags


def test_a_script_and_the_platform_log_into_one_run(track, mlflow, account):
    run = mlflow.respond("mlflow/runs/create", {"run_name": "script", "experiment_id": "7", "tags": []})["run"]
    run["data"]["params"].append({"key": "test-size", "value": "0.10"})
    variables = {"MLFLOW_TRACKING_URI": APP, "MLFLOW_RUN_ID": run["info"]["run_id"]}
    account.jobs[NAME] = training_job(Environment=variables)
    track(changed())
    assert mlflow.run_named("script")["params"] == {"test-size": "0.10", "kind": "ridge"}
    assert len(mlflow.runs) == 1


def test_a_last_value_that_the_log_lacks_is_logged(track, mlflow, account):
    account.lines = ["r2: 0.5"]
    track(changed())
    assert mlflow.run_named(NAME)["metrics"]["r2"] == [(0, 0.5), (1, 0.75)]


@pytest.mark.parametrize(
    ("uri", "header", "service"),
    [(APP, "x-sm-mlflow-app-arn", "sagemaker"), (SERVER, "x-mlflow-sm-tracking-server-arn", "sagemaker-mlflow")],
)
def test_requests_name_and_sign_for_the_app_or_the_server(load, mlflow, uri, header, service):
    load(uri).handler({"detail": changed()}, CONTEXT)
    for request in mlflow.requests:
        assert request[header] == uri
        assert f"/eu-west-1/{service}/aws4_request" in request["authorization"]
        assert header in request["authorization"]


def test_two_calls_at_once_keep_one_run(load, mlflow, monkeypatch):
    """Both have searched before either created one; the second call then sees two, and deletes one that it created."""
    module = load()
    experiments = sys.modules["experiments"].__dict__
    other = mlflow.respond("mlflow/runs/create", {"run_name": "other", "experiment_id": "1", "tags": []})["run"]
    other["data"]["tags"].append({"key": "launchpad.job", "value": NAME})
    other["info"]["run_id"] = "0" * 32
    search, searches = experiments["_runs"], []

    def blind_at_first(*arguments: Any) -> Any:
        searches.append(arguments)
        return search(*arguments) if len(searches) > 1 else []

    monkeypatch.setitem(experiments, "_runs", blind_at_first)
    assert experiments["run_of"](module.mlflow, "1", NAME, 0, {})["info"]["run_id"] == "0" * 32
    assert len(mlflow.runs) == 1
