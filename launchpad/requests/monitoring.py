"""Monitoring jobs: `CreateProcessingJob` of a baseline and of a window, `CreateTransformJob` of its predictions.

A baseline is a summary of the training split with the model's predictions on it. A window is what an endpoint or a
transform job was asked in some hours. Both jobs run `containers/monitoring`, whose settings are an object in S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, Run, image_uri, tags, vpc_config
from launchpad.requests.processing import FOLDER
from launchpad.requests.resources import processing_cluster, transform_cluster

BASELINE, WINDOW = "baseline", "window"
"""What the image is asked to do: its one argument."""
BASELINE_FILE = "baseline.json"
CSV_FEATURES, JSON_FEATURES = "features.csv", "features.jsonl"
PREDICTIONS = "predictions"
"""The folder of the predictions, within a baseline's."""
SPLITS = ("train", "training")
"""The channels that are taken for the training split where a workload has several and names none."""


def monitoring_section(definition: Definition) -> Mapping[str, Any]:
    """The workload's `monitoring` section.

    Raises:
        RequestError: the workload has none.
    """
    section: Mapping[str, Any] | None = definition.get("monitoring")
    if not section:
        raise RequestError(f"workload {definition['name']!r} has no `monitoring` section")
    return section


def baseline_uri(definition: Definition, environment: Environment, training_job: str) -> str:
    """The folder of the baseline of the model that a training job made, without a slash at its end."""
    return f"s3://{environment.model_bucket}/{definition['name']}/baselines/{training_job}"


def report_uri(definition: Definition, environment: Environment, monitoring_job: str) -> str:
    """The folder of `report.html` and `result.json` of a monitoring job, without a slash at its end."""
    return f"s3://{environment.model_bucket}/{definition['name']}/monitoring/{monitoring_job}"


def features_file(definition: Definition) -> str:
    """The baseline's records as they are sent to the model: CSV, or JSON in lines."""
    content_type = monitoring_section(definition)["content_type"]
    return CSV_FEATURES if content_type == "text/csv" else JSON_FEATURES


def training_channel(definition: Definition) -> str:
    """The training channel with the training split.

    Raises:
        RequestError: the workload has several channels, and says of none that it is the one.
    """
    section = monitoring_section(definition)
    channels = list((definition.get("training") or {}).get("channels", {}))
    name = section["channel"] or (
        channels[0] if len(channels) == 1 else next(filter(channels.__contains__, SPLITS), None)
    )
    if name is None:
        raise RequestError(f"monitoring.channel: write which is the training split: {', '.join(channels) or 'none'}")
    return name


def baseline_request(
    definition: Definition,
    environment: Environment,
    run: Run,
    training_job: Mapping[str, Any],
    settings_uri: str,
) -> Request:
    """The keyword arguments of `create_processing_job` that summarize the data of a training job.

    `training_job` is DescribeTrainingJob's response, because the workload's channels may have changed since.

    Raises:
        RequestError: the training job had no such channel, or not from S3.
    """
    data = _training_data(training_channel(definition), training_job)
    target = baseline_uri(definition, environment, training_job["TrainingJobName"])
    return _processing(definition, environment, run, BASELINE, [_settings(settings_uri), data], target)


def monitor_request(
    definition: Definition,
    environment: Environment,
    run: Run,
    inputs: Mapping[str, str],
    settings_uri: str,
) -> Request:
    """The keyword arguments of `create_processing_job` that compare a window with a baseline.

    `inputs` are URIs by the name of the input: `baseline`, and `captured` or `requests` and `answers`, and `labels`
    where there are some. A URI with a slash at its end is a folder, any other is a manifest of objects.
    """
    sources = [_input(name, uri) for name, uri in sorted(inputs.items())]
    target = report_uri(definition, environment, run.name)
    return _processing(definition, environment, run, WINDOW, [_settings(settings_uri), *sources], target)


def predictions_request(definition: Definition, environment: Environment, run: Run, model_name: str) -> Request:
    """The keyword arguments of `create_transform_job` for the baseline's records; `run.model_job` made the model.

    Records of `application/json` are sent one by one, because several of them are no JSON document.

    Raises:
        RequestError: the run names no training job.
    """
    if run.model_job is None:
        raise RequestError("training_job_name: the baseline's predictions need the job whose model makes them")
    section = monitoring_section(definition)
    folder = baseline_uri(definition, environment, run.model_job)
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{folder}/{features_file(definition)}"}
    single = section["content_type"] == "application/json"
    return {
        "TransformJobName": run.name,
        "ModelName": model_name,
        "BatchStrategy": "SingleRecord" if single else "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": section["content_type"],
            "SplitType": "Line",
            "CompressionType": "None",
        },
        "TransformOutput": {
            "S3OutputPath": f"{folder}/{PREDICTIONS}",
            "AssembleWith": "Line",
            "KmsKeyId": environment.kms_key_arn,
        },
        "TransformResources": transform_cluster({"type": _predicting_type(definition), "count": 1}, environment),
        "Tags": tags(definition, environment),
    }


def _predicting_type(definition: Definition) -> str:
    """The instance type of the workload's transform jobs, which its model is known to run on; else the section's."""
    section = definition.get("transform") or monitoring_section(definition)
    return str(section["instance"]["type"])


def _processing(
    definition: Definition, environment: Environment, run: Run, task: str, inputs: list[Request], target: str
) -> Request:
    section = monitoring_section(definition)
    output = BASELINE if task == BASELINE else "report"
    destination = {"S3Uri": target, "LocalPath": f"{FOLDER}/output/{output}", "S3UploadMode": "EndOfJob"}
    return {
        "ProcessingJobName": run.name,
        "RoleArn": environment.processing_role_arn,
        "AppSpecification": {"ImageUri": image_uri(section, environment), "ContainerArguments": [task]},
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": output, "S3Output": destination}],
            "KmsKeyId": environment.kms_key_arn,
        },
        "ProcessingResources": processing_cluster({**section["instance"], "count": 1}, environment),
        "StoppingCondition": {"MaxRuntimeInSeconds": section["max_runtime_minutes"] * 60},
        "NetworkConfig": {
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
            **vpc_config(environment),
        },
        "Tags": tags(definition, environment),
    }


def _training_data(name: str, training_job: Mapping[str, Any]) -> Request:
    """The input with the channel's data, wherever the training job read it."""
    channels = {channel["ChannelName"]: channel for channel in training_job.get("InputDataConfig", [])}
    if name not in channels:
        raise RequestError(
            f"monitoring.channel: {training_job['TrainingJobName']} had no channel {name!r}; it had"
            f" {', '.join(sorted(channels)) or 'none'}"
        )
    source = channels[name]["DataSource"].get("S3DataSource", {})
    if source.get("S3DataType") not in ("S3Prefix", "ManifestFile"):
        raise RequestError(f"monitoring.channel: {name!r} is no folder of S3, so its records can't be read")
    return _s3_input("data", source["S3Uri"], source["S3DataType"])


def _settings(uri: str) -> Request:
    return _s3_input("settings", uri, "S3Prefix")


def _input(name: str, uri: str) -> Request:
    return _s3_input(name, uri, "S3Prefix" if uri.endswith("/") else "ManifestFile")


def _s3_input(name: str, uri: str, data_type: str) -> Request:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{FOLDER}/input/{name}",
            "S3DataType": data_type,
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        },
    }
