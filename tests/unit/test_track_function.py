"""The function that logs jobs into MLflow: one run per job, whatever the order of events, with all that is known."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit import functions
from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.functions import CONTEXT, imported
from tests.unit.mlflow_server import fake_mlflow

NAME = "dev-boston-housing-one"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABC"
SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/dev-tracking"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
START = datetime(2026, 11, 28, 12, tzinfo=UTC)
TAGS = {"launchpad:workload": "boston-housing", "launchpad:environment": "dev", "launchpad:data": "0123456789abcdef"}
COMMIT = "c" * 40
PRICES = {
    "region": "eu-west-1",
    "date": "2026-11-28",
    "prices": {"AmazonSageMaker/Train:ml.m5.large": 0.1, "AmazonSageMaker/Processing:ml.m5.large": 0.2},
}
RECORD = {
    "origin": {"commit": COMMIT, "dirty": True, "by": "ada"},
    "data": {"training": {"version": "fedcba9876543210"}},
    "working_copy": False,
}


def training_job(**more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": NAME,
        "TrainingJobArn": f"{ARN}:training-job/{NAME}",
        "TrainingJobStatus": "Completed",
        "HyperParameters": {"test-size": "0.1", "kind": '"ridge"', "sagemaker_program": '"train.py"'},
        "AlgorithmSpecification": {
            "TrainingImage": "image:1",
            "MetricDefinitions": [{"Name": "r2", "Regex": "r2: ([0-9.]+)"}],
        },
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "EnableManagedSpotTraining": True,
        "BillableTimeInSeconds": 36,
        "TrainingTimeInSeconds": 60,
        "CreationTime": START,
        "TrainingEndTime": START + timedelta(minutes=2),
        "FinalMetricDataList": [{"MetricName": "r2", "Value": 0.75, "Timestamp": START}],
        **more,
    }


class Account:
    """What SageMaker, CloudWatch Logs and S3 answer."""

    def __init__(self) -> None:
        self.jobs = {NAME: training_job()}
        self.tuning: dict[str, Any] = {}
        self.processing: dict[str, Any] = {}
        self.objects: dict[str, Any] = {f"boston-housing/records/{NAME}.json": RECORD}
        self.lines = ["epoch 1 r2: 0.5", "nothing", "epoch 2 r2: 0.75"]
        self.exceptions = type("Exceptions", (), {"NoSuchKey": KeyError})

    def describe_training_job(self, **request: str) -> dict[str, Any]:
        return self.jobs[request["TrainingJobName"]]

    def describe_hyper_parameter_tuning_job(self, **_: str) -> dict[str, Any]:
        return self.tuning

    def describe_processing_job(self, **_: str) -> dict[str, Any]:
        return self.processing

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
        return [{"Tags": tags, "TrainingJobSummaries": [{"TrainingJobName": name} for name in self.jobs]}]

    def describe_log_streams(self, **_: str) -> dict[str, Any]:
        return {"logStreams": [{"logStreamName": f"{NAME}/algo-1-1"}]}

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        events = [{"timestamp": 1000 + number, "message": line} for number, line in enumerate(self.lines)]
        return {"events": [] if "nextToken" in request else events, "nextForwardToken": "end"}

    def get_object(self, **request: str) -> dict[str, Any]:
        assert request["Bucket"] == "model-bucket"
        return {"Body": io.BytesIO(json.dumps(self.objects[request["Key"]]).encode())}


@pytest.fixture
def mlflow():
    with fake_mlflow() as server:
        yield server


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def load(tmp_path, monkeypatch, mlflow, account):
    """A function that imports `track` for an App or a server."""
    opened = []

    def load(uri: str = APP) -> Any:
        monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", mlflow.address)
        monkeypatch.setattr(functions, "ENVIRONMENT", {**functions.ENVIRONMENT, "tracking_uri": uri})
        (tmp_path / "prices.json").write_text(json.dumps(PRICES))
        context = imported(tmp_path, monkeypatch, "track", {"boston-housing": rendered(WORKLOAD)})
        module = context.__enter__()
        opened.append(context)
        monkeypatch.setattr(module, "sagemaker", account)
        monkeypatch.setattr(module, "s3", lambda: account)
        history = module.metric_history.__globals__
        monkeypatch.setitem(history, "boto3", type("Boto3", (), {"client": lambda *_: account}))
        monkeypatch.setitem(history, "WAITS", (0, 0))
        return module

    yield load
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def track(load):
    module = load()
    return lambda detail: module.handler({"detail": detail}, CONTEXT)


def changed(name: str = NAME, member: str = "TrainingJobName") -> dict[str, str]:
    return {member: name}


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


def test_an_evaluation_adds_to_the_run_of_the_job_it_judged(track, mlflow, account):
    track(changed())
    account.objects[f"boston-housing/evaluations/{NAME}/metrics.json"] = {"r2": 0.4}
    output = {
        "OutputName": "metrics",
        "S3Output": {"S3Uri": f"s3://model-bucket/boston-housing/evaluations/{NAME}"},
    }
    account.processing = {
        "ProcessingJobArn": f"{ARN}:processing-job/dev-e",
        "ProcessingJobStatus": "Completed",
        "ProcessingOutputConfig": {"Outputs": [output]},
        "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}},
        "ProcessingStartTime": START - timedelta(minutes=3),
        "ProcessingEndTime": START,
        "CreationTime": START,
    }
    track(changed("dev-e", "ProcessingJobName"))
    run = mlflow.run_named(NAME)
    assert run["metrics"]["evaluation/r2"] == [(0, 0.4)]
    assert run["metrics"]["evaluation/cost_usd"] == [(0, 0.01)]
    assert (run["tags"]["launchpad.evaluation_job"], run["tags"]["launchpad.gate"]) == ("dev-e", "failed")


def test_other_processing_jobs_have_no_run(track, mlflow, account):
    account.processing = {
        "ProcessingJobArn": f"{ARN}:processing-job/dev-p",
        "ProcessingJobStatus": "Completed",
        "CreationTime": START,
    }
    assert track(changed("dev-p", "ProcessingJobName"))["run_id"] is None
    assert mlflow.runs == {}


def test_the_jobs_of_a_tuning_job_are_below_its_run(track, mlflow, account):
    account.tuning = {
        "HyperParameterTuningJobName": "dev-tune",
        "HyperParameterTuningJobArn": f"{ARN}:hyper-parameter-tuning-job/dev-tune",
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": START,
        "LastModifiedTime": START,
        "BestTrainingJob": {
            "TrainingJobName": NAME,
            "CreationTime": START,
            "TunedHyperParameters": {"depth": "3"},
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "r2", "Value": 0.75},
        },
    }
    account.jobs[NAME] = training_job(TuningJobArn=account.tuning["HyperParameterTuningJobArn"])
    account.jobs["other"] = training_job(BillableTimeInSeconds=72, TrainingTimeInSeconds=72)
    track(changed())
    track(changed("dev-tune", "HyperParameterTuningJobName"))
    parent = mlflow.run_named("dev-tune")
    assert mlflow.run_named(NAME)["tags"]["mlflow.parentRunId"] == parent["id"]
    assert (parent["status"], parent["params"]) == ("FINISHED", {"best.depth": "3"})
    assert parent["tags"]["launchpad.best_job"] == NAME
    assert parent["metrics"]["cost_usd"] == [(0, 0.003)]
    assert parent["metrics"]["spot_saved_usd"] == [(0, pytest.approx(0.000667))]


def test_a_tuning_jobs_run_has_ended_also_if_its_cost_can_not_be_read(track, mlflow, account):
    arn = f"{ARN}:hyper-parameter-tuning-job/dev-tune"
    account.tuning = {
        "HyperParameterTuningJobName": "dev-tune",
        "HyperParameterTuningJobArn": arn,
        "HyperParameterTuningJobStatus": "Completed",
        "CreationTime": START,
        "LastModifiedTime": START,
    }
    account.jobs = {"throttled": None}
    with pytest.raises(TypeError):
        track(changed("dev-tune", "HyperParameterTuningJobName"))
    assert mlflow.run_named("dev-tune")["status"] == "FINISHED"


def test_a_tuning_jobs_record_has_the_gate_of_its_training_jobs(track, mlflow, account):
    arn = f"{ARN}:hyper-parameter-tuning-job/dev-tune"
    account.tuning = {"HyperParameterTuningJobName": "dev-tune", "CreationTime": START}
    account.jobs[NAME] = training_job(TuningJobArn=arn)
    definition = {
        **rendered(WORKLOAD),
        "quality_gate": {"metric": "r2", "at_least": 0.9, "at_most": None},
        "evaluate": None,
    }
    account.objects = {"boston-housing/records/dev-tune.json": {**RECORD, "definition": definition}}
    track(changed())
    assert mlflow.run_named(NAME)["tags"]["launchpad.gate"] == "failed"


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
