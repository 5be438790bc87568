"""The jobs that make a baseline: the data of the training job, and the model's predictions for it."""

from __future__ import annotations

import pytest

from launchpad.requests import RequestError, baseline_request, package_request, predictions_request
from launchpad.requests.monitoring import training_channel
from tests.unit.monitoring_requests.monitored import BASELINE, IMAGE, JOB, SETTINGS, TRAINING_JOB, inputs_of
from tests.unit.service_model import violations


def test_a_baseline_summarizes_the_data_of_the_training_job(monitored, environment, run):
    request = baseline_request(monitored, environment, run, TRAINING_JOB, SETTINGS)
    assert violations("CreateProcessingJob", request) == []
    assert inputs_of(request) == {
        "settings": ("S3Prefix", SETTINGS),
        "data": ("S3Prefix", "s3://data-bucket/boston-housing/a/"),
    }
    assert request["AppSpecification"] == {"ImageUri": IMAGE, "ContainerArguments": ["baseline"]}
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == BASELINE
    assert output["S3Output"]["LocalPath"] == "/opt/ml/processing/output/baseline"


@pytest.mark.parametrize(
    ("content_type", "file", "strategy"),
    [
        ("text/csv", "features.csv", "MultiRecord"),
        ("application/jsonlines", "features.jsonl", "MultiRecord"),
        ("application/json", "features.jsonl", "SingleRecord"),
    ],
)
def test_a_baselines_records_are_sent_to_the_model(monitored, environment, run, content_type, file, strategy):
    monitored["monitoring"]["content_type"] = content_type
    request = predictions_request(monitored, environment, run, "model")
    assert violations("CreateTransformJob", request) == []
    assert request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == f"{BASELINE}/{file}"
    assert request["TransformInput"]["ContentType"] == content_type
    assert request["BatchStrategy"] == strategy
    assert request["TransformOutput"]["S3OutputPath"] == f"{BASELINE}/predictions"


def test_predictions_run_where_the_workloads_transform_does(monitored, environment, run):
    monitored["transform"] = {"instance": {"type": "ml.g5.xlarge", "count": 3}}
    resources = predictions_request(monitored, environment, run, "model")["TransformResources"]
    assert (resources["InstanceType"], resources["InstanceCount"]) == ("ml.g5.xlarge", 1)


@pytest.mark.parametrize(
    ("job", "complaint"),
    [
        ({"TrainingJobName": JOB}, "had no channel 'training'; it had none"),
        ({"TrainingJobName": JOB, "InputDataConfig": [{"ChannelName": "a", "DataSource": {}}]}, "it had a"),
        (
            {"TrainingJobName": JOB, "InputDataConfig": [{"ChannelName": "training", "DataSource": {}}]},
            "'training' is no folder of S3",
        ),
    ],
)
def test_a_training_job_without_that_data_has_no_baseline(monitored, environment, run, job, complaint):
    with pytest.raises(RequestError, match=complaint):
        baseline_request(monitored, environment, run, job, SETTINGS)


@pytest.mark.parametrize(
    ("channels", "channel", "expected"),
    [
        (["a"], None, "a"),
        (["test", "train"], None, "train"),
        (["training", "validation"], None, "training"),
        (["training", "train"], None, "train"),
        (["a", "train"], "a", "a"),
    ],
)
def test_the_training_split_is_the_named_or_the_usual_channel(monitored, channels, channel, expected):
    monitored["training"]["channels"] = dict.fromkeys(channels)
    monitored["monitoring"]["channel"] = channel
    assert training_channel(monitored) == expected


def test_a_package_names_the_baseline_of_its_model(monitored, environment):
    package = package_request(monitored, environment, "s3://b/m.tar.gz", {}, "s3://b/metrics.json", BASELINE)
    assert violations("CreateModelPackage", package) == []
    statistics = {"Statistics": {"ContentType": "application/json", "S3Uri": f"{BASELINE}/baseline.json"}}
    assert package["ModelMetrics"]["ModelDataQuality"] == statistics
    assert package["DriftCheckBaselines"] == {"ModelDataQuality": statistics}
    without = package_request(monitored, environment, "s3://b/m.tar.gz", {}, "s3://b/metrics.json")
    assert "ModelDataQuality" not in without["ModelMetrics"]
    assert "DriftCheckBaselines" not in without
