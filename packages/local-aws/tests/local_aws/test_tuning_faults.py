"""Tuning jobs that fail, are stopped or are refused, and objectives that are missing or no number."""

from __future__ import annotations

import time
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_tuning import X, value


def test_a_tuning_job_whose_jobs_all_fail_fails_with_sagemakers_reason(tuning):
    job = tuning.run("raise ValueError('no data')", limits={"MaxNumberOfTrainingJobs": 10})
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after 5 attempts.")
    assert 5 <= job["TrainingJobStatusCounters"]["NonRetryableError"] <= 6
    assert "BestTrainingJob" not in job
    few = tuning.run("raise ValueError('no data')", limits={"MaxNumberOfTrainingJobs": 2})
    assert few["FailureReason"].startswith("All training jobs failed.")


def test_jobs_that_print_no_objective_count_as_failed_objectives(tuning):
    job = tuning.run("print('nothing to see')", limits={"MaxNumberOfTrainingJobs": 1})
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert job["ObjectiveStatusCounters"]["Failed"] == 1
    assert tuning.trials(job)[0]["ObjectiveStatus"] == "Failed"


def test_one_objective_that_is_nan_fails_alone(tuning):
    script = """
        import json
        print("loss=" + json.load(open("input/config/hyperparameters.json"))["cc"] + ";")
    """
    values = {"Name": "cc", "Values": ["0.5", "nan", "0.25", "0.75"]}
    metrics = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*?);"}]}
    algorithm = {**tuning.definition()["AlgorithmSpecification"], **metrics}
    name = f"tune-{uuid.uuid4().hex[:8]}"
    config = {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ResourceLimits": {"MaxParallelTrainingJobs": 2},
        "ParameterRanges": {"CategoricalParameterRanges": [values]},
    }
    definition = {**tuning.definition(script), "AlgorithmSpecification": algorithm}
    request = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": definition}
    tuning.client.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **request)
    job = tuning.wait(name)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 1}
    assert value(job["BestTrainingJob"]) == 0.25


def test_stopping_a_tuning_job_stops_its_training_jobs(tuning):
    name = tuning.start("import time; print('loss=1.0;'); time.sleep(60)")
    while len(tuning.describe(name).get("TrainingJobSummaries", tuning.trials(tuning.describe(name)))) < 2:
        time.sleep(0.05)
    tuning.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    job = tuning.wait(name, seconds=15)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert {item["TrainingJobStatus"] for item in tuning.trials(job)} == {"Stopped"}
    with pytest.raises(ClientError, match="is in status Stopped"):
        tuning.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ranges": {"ContinuousParameterRanges": [{**X, "MinValue": "many"}]}},
            "MinValue of hyperparameter x is 'many'",
        ),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "MinValue": "11"}]}}, "is larger than its MaxValue"),
        ({"ranges": {"ContinuousParameterRanges": [{**X, "ScalingType": "Logarithmic"}]}}, "greater than 0"),
        ({"ranges": {"ContinuousParameterRanges": [X, X]}}, "x has more than one range"),
        ({"Strategy": "Grid"}, "CategoricalParameterRanges only"),
        ({"Strategy": "Hyperband"}, "Hyperband needs MaxResource"),
        ({"definition": {"StaticHyperParameters": {"x": "1"}}}, "must not be static and have a range: x"),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "auc"}},
            "The objective metric auc is not among the MetricDefinitions: loss",
        ),
        (
            {"top": {"WarmStartConfig": {"ParentHyperParameterTuningJobs": [{}], "WarmStartType": "TransferLearning"}}},
            "A parent in WarmStartConfig needs its HyperParameterTuningJobName",
        ),
    ],
)
def test_a_search_that_cannot_be_is_refused_and_says_why(tuning, members, message):
    with pytest.raises(ClientError, match=message) as caught:
        tuning.start(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_names_that_differ_in_case_only_are_refused(tuning):
    name = tuning.start()
    job = tuning.wait(name)
    request = {key: job[key] for key in ("HyperParameterTuningJobConfig", "TrainingJobDefinition")}
    with pytest.raises(ClientError, match="must be unique within an AWS account and region"):
        tuning.client.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name.upper(), **request)
