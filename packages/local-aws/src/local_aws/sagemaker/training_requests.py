"""The requests that CreateTrainingJob refuses beyond its model: by AWS's rules, or because this server can't run them.

A job never runs differently from its request: it is refused, with an alternative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.files.reasons import OPT_ML
from local_aws.files.storage import Location, nothing_found
from local_aws.sagemaker.builtin_metrics import check_own_metrics
from local_aws.sagemaker.training_channels import mode_of
from local_aws.sagemaker.training_insight import check_insight

Request = dict[str, Any]
DATA_TYPES = ("S3Prefix", "ManifestFile", "AugmentedManifestFile")
REFUSED = {
    "ServerlessJobConfig": "serverless jobs: name a ResourceConfig and a TrainingImage",
    "ModelPackageConfig": "ModelPackageConfig: register the model with CreateModelPackage",
    "MlflowConfig": "MlflowConfig: log to MLflow from the script",
}
"""Members that would change the job or its results, so the request is refused, never run without them."""


def check_training_request(request: Request, object_exists: Callable[[Location], bool], region: str) -> None:
    """Raise `AwsError` if the job can't be run as requested."""
    for member, instead in REFUSED.items():
        if member in request:
            raise not_implemented(instead)
    _check_algorithm(request.get("AlgorithmSpecification", {}))
    _check_resources(request)
    _check_stopping(request)
    _check_local_paths(request)
    check_insight(request)
    _check_channels(request, object_exists, region)


def _check_algorithm(algorithm: Request) -> None:
    if "TrainingImage" not in algorithm:
        raise not_implemented("training without AlgorithmSpecification.TrainingImage: name an image")
    check_own_metrics(algorithm)
    for definition in algorithm.get("MetricDefinitions", ()):
        try:
            re.compile(definition["Regex"])
        except re.error as error:
            name = definition["Name"]
            message = f"The regex of metric {name} in MetricDefinitions is no regular expression: {error}"
            raise validation_error(message) from error


def _check_resources(request: Request) -> None:
    resources = request.get("ResourceConfig")
    if resources is None:
        raise not_implemented("training without ResourceConfig (serverless jobs)")
    groups = resources.get("InstanceGroups")
    if groups and ("InstanceType" in resources or "InstanceCount" in resources):
        raise validation_error("ResourceConfig has InstanceGroups, so InstanceType and InstanceCount must not be set.")
    if not groups and "InstanceType" not in resources:
        raise validation_error("ResourceConfig.InstanceType is required.")
    names = [group["InstanceGroupName"] for group in groups or ()]
    if len(names) != len(set(names)):
        raise validation_error("Instance group names must be unique within ResourceConfig.InstanceGroups.")
    for name, count in _counts(resources):
        if count < 1:
            raise validation_error(f"{name} must have at least one instance.")
    if resources.get("KeepAlivePeriodInSeconds") and request.get("EnableManagedSpotTraining"):
        raise validation_error("KeepAlivePeriodInSeconds can't be used with managed spot training.")


def _counts(resources: Request) -> Iterator[tuple[str, int]]:
    for group in resources.get("InstanceGroups", ()):
        yield f"Instance group {group['InstanceGroupName']}", group["InstanceCount"]
    if "InstanceGroups" not in resources:
        yield "ResourceConfig.InstanceCount", resources.get("InstanceCount", 1)


def _check_stopping(request: Request) -> None:
    condition = request.get("StoppingCondition", {})
    wait, runtime = condition.get("MaxWaitTimeInSeconds"), condition.get("MaxRuntimeInSeconds", 0)
    if request.get("EnableManagedSpotTraining") and (wait is None or wait < runtime):
        raise validation_error(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )
    if wait is not None and not request.get("EnableManagedSpotTraining"):
        raise validation_error("MaxWaitTimeInSeconds can be set only when EnableManagedSpotTraining is true.")


def _check_local_paths(request: Request) -> None:
    for member in ("CheckpointConfig", "TensorBoardOutputConfig"):
        path = request.get(member, {}).get("LocalPath", OPT_ML + "/")
        if not path.startswith(OPT_ML + "/") or ".." in path.split("/"):
            raise not_implemented(f"{member}.LocalPath {path}: name a folder below {OPT_ML}/, or leave it out")


def _check_channels(request: Request, object_exists: Callable[[Location], bool], region: str) -> None:
    channels = request.get("InputDataConfig", ())
    names = [channel["ChannelName"] for channel in channels]
    if len(names) != len(set(names)):
        raise validation_error("Channel names must be unique within a training job's InputDataConfig.")
    groups = {group["InstanceGroupName"] for group in request["ResourceConfig"].get("InstanceGroups", ())}
    for channel in channels:
        name = channel["ChannelName"]
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise not_implemented(f"channel {name}: a DataSource other than S3DataSource")
        if source["S3DataType"] not in DATA_TYPES:
            raise not_implemented(f"channel {name}: S3DataType {source['S3DataType']}")
        _check_mode(request, channel, source)
        unknown = sorted(set(source.get("InstanceGroupNames", ())) - groups)
        if unknown:
            raise validation_error(f"Channel {name} names instance groups that are not in ResourceConfig: {unknown}")
        location = Location.parse(source["S3Uri"])
        if not object_exists(location):
            raise validation_error(nothing_found(location, region, request["RoleArn"]))


def _check_mode(request: Request, channel: Request, source: Request) -> None:
    """Check which members go with which input mode, by SageMaker's documentation of Channel and S3DataSource."""
    name, mode = channel["ChannelName"], mode_of(request, channel)
    if source["S3DataType"] == "AugmentedManifestFile":
        if mode != "Pipe":
            raise validation_error(f"Channel {name}: AugmentedManifestFile can only be used with input mode Pipe.")
        if not source.get("AttributeNames"):
            raise validation_error(f"Channel {name}: AugmentedManifestFile needs AttributeNames.")
    if mode != "Pipe":
        for member, nothing in (("CompressionType", "None"), ("RecordWrapperType", "None")):
            if channel.get(member, nothing) != nothing:
                raise validation_error(f"Channel {name}: {member} can only be used with input mode Pipe.")
