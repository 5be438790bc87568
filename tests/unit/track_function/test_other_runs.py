"""Evaluations, tuning jobs and other processing jobs in MLflow: whose run they add to, and which have none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.conftest import WORKLOAD, rendered
from tests.unit.track_function.account import ARN, NAME, RECORD, START, changed, training_job


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
