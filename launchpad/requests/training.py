"""`CreateTrainingJob`. The defaults are the secure choice: keys on volume and output, encrypted traffic, isolation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, Run, tags, vpc_config
from launchpad.requests.hyperparameters import CODE_CHANNEL, plain, script_mode
from launchpad.requests.overrides import apply_overrides
from launchpad.requests.storage import volume_key


def training_request(definition: Definition, environment: Environment, run: Run) -> Request:
    """The keyword arguments of `create_training_job` for one run.

    Raises:
        RequestError: the workload doesn't train, or an override can't be applied.
    """
    if not definition.get("training"):
        raise RequestError(f"workload {definition['name']!r} has no `training` section")
    section = apply_overrides(definition["training"], run.overrides)
    return {
        "TrainingJobName": run.name,
        "RoleArn": environment.training_role_arn,
        "AlgorithmSpecification": _algorithm(section),
        "HyperParameters": _hyperparameters(section, environment, run),
        "InputDataConfig": _channels(section, environment, run),
        "OutputDataConfig": {
            "S3OutputPath": f"s3://{environment.model_bucket}/{definition['name']}/jobs",
            "KmsKeyId": environment.kms_key_arn,
        },
        "ResourceConfig": _resources(section["instance"], environment),
        "StoppingCondition": _stopping_condition(section),
        "EnableNetworkIsolation": section["network_isolation"],
        "EnableInterContainerTrafficEncryption": True,
        "Tags": tags(definition, environment),
        **({"Environment": section["environment"]} if section["environment"] else {}),
        **vpc_config(environment),
        **_spot(section, definition, environment, run),
    }


def _algorithm(section: Mapping[str, Any]) -> Request:
    metrics = [{"Name": metric["name"], "Regex": metric["regex"]} for metric in section["metrics"]]
    return {
        "TrainingImage": section["image"],
        "TrainingInputMode": "File",
        **({"MetricDefinitions": metrics} if metrics else {}),
    }


def _hyperparameters(section: Mapping[str, Any], environment: Environment, run: Run) -> dict[str, str]:
    if section["entry_point"] is None:
        return plain(section)
    if run.source_uri is None:
        raise RequestError("a script needs `source_uri`: where its packaged source lies in S3")
    return script_mode(section, run.source_uri, environment.region, run.name)


def _channels(section: Mapping[str, Any], environment: Environment, run: Run) -> list[Request]:
    channels = [_channel(name, channel, environment) for name, channel in sorted(section["channels"].items())]
    if section["entry_point"] is not None and section["network_isolation"] and run.source_uri:
        channels.append(_s3_channel(CODE_CHANNEL, run.source_uri))
    return channels


def _channel(name: str, channel: Mapping[str, Any], environment: Environment) -> Request:
    uri = channel["uri"] or f"s3://{environment.data_bucket}/{channel['prefix']}/"
    content_type = {"ContentType": channel["content_type"]} if channel["content_type"] else {}
    return {**_s3_channel(name, uri), **content_type}


def _s3_channel(name: str, uri: str) -> Request:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "InputMode": "File", "DataSource": {"S3DataSource": source}}


def _resources(instance: Mapping[str, Any], environment: Environment) -> Request:
    return {
        "InstanceType": instance["type"],
        "InstanceCount": instance["count"],
        "VolumeSizeInGB": instance["volume_gb"],
        **volume_key("VolumeKmsKeyId", instance["type"], environment),
    }


def _stopping_condition(section: Mapping[str, Any]) -> Request:
    longest = {"MaxRuntimeInSeconds": section["max_runtime_minutes"] * 60}
    if not section["spot"]:
        return longest
    return {**longest, "MaxWaitTimeInSeconds": section["spot"]["max_wait_minutes"] * 60}


def _spot(section: Mapping[str, Any], definition: Definition, environment: Environment, run: Run) -> Request:
    """Managed spot training always with checkpoints: without them an interruption starts again from nothing."""
    if not section["spot"]:
        return {}
    checkpoints = f"s3://{environment.model_bucket}/{definition['name']}/checkpoints/{run.name}"
    return {"EnableManagedSpotTraining": True, "CheckpointConfig": {"S3Uri": checkpoints}}
