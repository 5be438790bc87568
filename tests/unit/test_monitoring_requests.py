"""The requests of monitoring are what AWS accepts, secure by default, and absent without the section."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
from typing import Any

import pytest

from launchpad import paths
from launchpad.requests import (
    RequestError,
    Run,
    baseline_request,
    baseline_settings,
    endpoint_config_request,
    monitor_request,
    monitor_settings,
    monitoring_alarm_requests,
    package_request,
    predictions_request,
    settings_body,
    settings_key,
)
from launchpad.requests.monitoring import training_channel
from launchpad.requests.monitoring_alarms import report_alarm_requests
from launchpad.requests.names import job_name
from tests.unit.service_model import violations

JOB = "dev-boston-housing-0123456789ab"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
SETTINGS = "s3://model-bucket/boston-housing/monitoring/settings/0/settings.json"
BASELINE = f"s3://model-bucket/boston-housing/baselines/{JOB}"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/launchpad/dev/monitoring:0"
MONITORING = """\
monitoring:
  columns: {y: categorical, age: numeric, job: categorical}
  target: y
  task: binary
  quality: {metric: auc, at_least: 0.8}
"""
TRAINING_JOB = {
    "TrainingJobName": JOB,
    "InputDataConfig": [
        {
            "ChannelName": "training",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data-bucket/boston-housing/a/"}},
        }
    ],
}


@pytest.fixture
def monitored(with_sections):
    return with_sections(MONITORING)


@pytest.fixture
def environment(environment):
    return dataclasses.replace(environment, containers={"monitoring": IMAGE}, alert_topic_arn=TOPIC)


@pytest.fixture
def run():
    return Run(job_name("dev", "boston-housing", "monitor-20261129t060000"), model_job=JOB)


def inputs_of(request: dict[str, Any]) -> dict[str, tuple[str, str]]:
    inputs = {entry["InputName"]: entry["S3Input"] for entry in request["ProcessingInputs"]}
    assert all(source["LocalPath"] == f"/opt/ml/processing/input/{name}" for name, source in inputs.items())
    return {name: (source["S3DataType"], source["S3Uri"]) for name, source in inputs.items()}


def test_requests_and_answers_are_captured_with_the_key(monitored, environment):
    config = endpoint_config_request(monitored, environment, "model")
    assert violations("CreateEndpointConfig", config) == []
    assert config["DataCaptureConfig"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://model-bucket/captured/boston-housing",
        "KmsKeyId": environment.kms_key_arn,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json", "application/jsonlines"],
        },
    }


def test_a_configuration_without_monitoring_keeps_its_name(definition, monitored, environment):
    older = {key: section for key, section in definition.items() if key != "monitoring"}
    names = [endpoint_config_request(each, environment, "m")["EndpointConfigName"] for each in (older, definition)]
    assert names == ["dev-boston-housing-e30af387a57b"] * 2
    assert endpoint_config_request(monitored, environment, "m")["EndpointConfigName"] not in names


@pytest.mark.parametrize("change", [{"mode": "async"}, {"mode": "serverless"}, {"shared_endpoint": "many"}])
def test_only_an_endpoint_of_one_model_on_instances_captures(monitored, environment, change):
    monitored["serving"] |= change
    environment = dataclasses.replace(environment, allow_serverless=True)
    if change["mode" if "mode" in change else "shared_endpoint"] == "serverless":
        monitored["serving"] |= {"instance": None, "serverless": {"memory_mb": 2048, "max_concurrency": 5}}
    assert "DataCaptureConfig" not in endpoint_config_request(monitored, environment, "m")


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


def test_a_window_has_its_files_from_manifests(monitored, environment, run):
    sources = {"captured": "s3://model-bucket/m/captured.manifest", "baseline": f"{BASELINE}/"}
    request = monitor_request(monitored, environment, run, sources, SETTINGS)
    assert violations("CreateProcessingJob", request) == []
    assert inputs_of(request) == {
        "settings": ("S3Prefix", SETTINGS),
        "baseline": ("S3Prefix", f"{BASELINE}/"),
        "captured": ("ManifestFile", "s3://model-bucket/m/captured.manifest"),
    }
    assert request["AppSpecification"]["ContainerArguments"] == ["window"]
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == f"s3://model-bucket/boston-housing/monitoring/{run.name}"


def test_a_monitoring_job_is_isolated_and_encrypted(monitored, environment, run):
    request = monitor_request(monitored, environment, run, {}, SETTINGS)
    assert request["NetworkConfig"] == {
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": {"Subnets": list(environment.subnet_ids), "SecurityGroupIds": ["sg-11111111"]},
    }
    assert request["ProcessingOutputConfig"]["KmsKeyId"] == environment.kms_key_arn
    assert request["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == environment.kms_key_arn
    assert request["RoleArn"] == environment.processing_role_arn
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}


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


def test_a_workload_without_monitoring_has_no_monitoring_job(definition, environment, run):
    for request in (
        lambda: baseline_request(definition, environment, run, TRAINING_JOB, SETTINGS),
        lambda: predictions_request(definition, environment, run, "model"),
        lambda: baseline_settings(definition, environment, JOB),
    ):
        with pytest.raises(RequestError, match="'boston-housing' has no `monitoring` section"):
            request()


def test_the_settings_keep_the_files_order_of_columns(monitored, environment):
    shipped = json.loads(json.dumps(monitored, sort_keys=True))  # as functions have their catalogue
    body = settings_body(baseline_settings(shipped, environment, JOB))
    assert list(json.loads(body)["columns"]) == ["y", "age", "job"]


def test_the_settings_of_a_window_say_what_is_compared(monitored, environment):
    window = {"start": "2026-11-28T06:00:00Z", "end": "2026-11-29T06:00:00Z"}
    settings = monitor_settings(
        monitored,
        environment,
        endpoint="dev-boston-housing",
        source="captured",
        training_job=JOB,
        baseline_job=JOB,
        window=window,
        since="2026-11-20T00:00:00+00:00",
    )
    assert settings == {
        "version": 1,
        "workload": "boston-housing",
        "environment": "dev",
        "endpoint": "dev-boston-housing",
        "source": "captured",
        "training_job": JOB,
        "baseline_job": JOB,
        "window": window,
        "since": "2026-11-20T00:00:00+00:00",
        "columns": {"y": "categorical", "age": "numeric", "job": "categorical"},
        "target": "y",
        "header": True,
        "task": "binary",
        "content_type": "text/csv",
        "minimum_records": 200,
        "drift": {"share": 0.3, "tests": "auto", "columns": {}, "ignore": []},
        "quality": {"metric": "auc", "at_least": 0.8, "at_most": None, "days": 7},
        "segments": [],
        "sample_rows": 5000,
        "seed": 0,
    }
    key = settings_key(monitored, settings_body(settings))
    assert key.startswith("boston-housing/monitoring/settings/")
    assert key.endswith("/settings.json")


def test_the_image_reads_the_settings(monitored, environment):
    window = {"start": "2026-11-28T06:00:00Z", "end": "2026-11-29T06:00:00Z"}
    served = {"endpoint": "e", "source": "async", "training_job": JOB, "baseline_job": JOB, "window": window}
    for settings in (
        baseline_settings(monitored, environment, JOB),
        monitor_settings(monitored, environment, **served),
    ):
        read = image_settings().Settings.model_validate_json(settings_body(settings))
        assert (read.training_job, read.quality.metric, list(read.columns)) == (JOB, "auc", ["y", "age", "job"])


def image_settings() -> Any:
    """The module of the image that reads `settings.json`."""
    path = paths.CONTAINERS / "monitoring" / "programs" / "monitoring" / "settings.py"
    spec = importlib.util.spec_from_file_location("monitoring_image_settings", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # pydantic looks annotations up there
    spec.loader.exec_module(module)
    return module


def test_a_package_names_the_baseline_of_its_model(monitored, environment):
    package = package_request(monitored, environment, "s3://b/m.tar.gz", {}, "s3://b/metrics.json", BASELINE)
    assert violations("CreateModelPackage", package) == []
    statistics = {"Statistics": {"ContentType": "application/json", "S3Uri": f"{BASELINE}/baseline.json"}}
    assert package["ModelMetrics"]["ModelDataQuality"] == statistics
    assert package["DriftCheckBaselines"] == {"ModelDataQuality": statistics}
    without = package_request(monitored, environment, "s3://b/m.tar.gz", {}, "s3://b/metrics.json")
    assert "ModelDataQuality" not in without["ModelMetrics"]
    assert "DriftCheckBaselines" not in without


def test_a_monitored_endpoint_has_four_alarms_to_the_topic(monitored, environment):
    alarms = monitoring_alarm_requests(monitored, environment, "dev-boston-housing")
    assert sorted(alarms) == ["DiskUse", "Drift", "Heartbeat", "Quality"]
    for alarm in alarms.values():
        assert violations("PutMetricAlarm", alarm, "cloudwatch") == []
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
    assert len({alarm["AlarmName"] for alarm in alarms.values()}) == len(alarms)


@pytest.mark.parametrize(
    ("kind", "metric", "comparison", "threshold", "missing"),
    [
        ("Drift", "DriftedShare", "GreaterThanThreshold", 0.3, "ignore"),
        ("Quality", "Quality", "LessThanThreshold", 0.8, "ignore"),
        ("Heartbeat", "HoursSinceReport", "GreaterThanThreshold", 49, "breaching"),
        ("DiskUse", "DiskUtilization", "GreaterThanThreshold", 75, "notBreaching"),
    ],
)
def test_each_alarm_has_the_bound_of_the_workload(monitored, environment, kind, metric, comparison, threshold, missing):
    alarm = monitoring_alarm_requests(monitored, environment, "dev-boston-housing")[kind]
    actual = [alarm[key] for key in ("MetricName", "ComparisonOperator", "Threshold", "TreatMissingData")]
    assert actual == [metric, comparison, threshold, missing]


def test_an_error_raises_the_alarm_above_its_bound(monitored, environment):
    monitored["monitoring"]["quality"] = {"metric": "rmse", "at_least": None, "at_most": 3.5, "days": 7}
    alarm = monitoring_alarm_requests(monitored, environment, "e")["Quality"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 3.5)
    assert alarm["Statistic"] == "Maximum"


def test_each_variants_disk_is_watched(monitored, environment):
    alarms = monitoring_alarm_requests(monitored, environment, "e", ["primary", "other"])
    disks = {kind: alarm["Dimensions"][1]["Value"] for kind, alarm in alarms.items() if kind.startswith("DiskUse")}
    assert sorted(disks.values()) == ["other", "primary"]


def test_an_endpoint_without_capture_has_no_alarm_on_its_disk(monitored, environment):
    monitored["serving"]["mode"] = "async"
    assert "DiskUse" not in monitoring_alarm_requests(monitored, environment, "e")


@pytest.mark.parametrize("mode", ["realtime", "serverless"])
def test_an_endpoint_that_is_not_monitored_has_no_alarms(definition, monitored, environment, mode):
    workload = definition if mode == "realtime" else monitored
    workload["serving"]["mode"] = mode
    assert monitoring_alarm_requests(workload, environment, "e") == {}


def test_transforms_have_their_alarms_whatever_the_endpoints_mode(monitored, environment):
    monitored["serving"]["mode"] = "serverless"
    alarms = report_alarm_requests(monitored, environment, "dev-boston-housing-transform")
    assert list(alarms) == ["Drift", "Quality"]
    for request in alarms.values():
        assert violations("PutMetricAlarm", request, "cloudwatch") == []


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("rate(1 hour)", 3),
        ("rate(90 minutes)", 4),
        ("rate(7 days)", 337),
        ("cron(0 6 ? * MON-FRI *)", 145),
        ("cron(0 6,18 * * ? *)", 25),
    ],
)
def test_a_report_is_late_after_two_of_the_longest_pauses(monitored, environment, schedule, hours):
    monitored["monitoring"]["schedule"] = schedule
    assert monitoring_alarm_requests(monitored, environment, "e")["Heartbeat"]["Threshold"] == hours
