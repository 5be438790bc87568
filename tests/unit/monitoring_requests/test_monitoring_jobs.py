"""Captured requests and the job that compares them: what AWS accepts, secure by default, absent without the section."""

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
    baseline_request,
    baseline_settings,
    endpoint_config_request,
    monitor_request,
    monitor_settings,
    predictions_request,
    settings_body,
    settings_key,
)
from tests.unit.monitoring_requests.monitored import BASELINE, JOB, SETTINGS, TRAINING_JOB, inputs_of
from tests.unit.service_model import violations


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
