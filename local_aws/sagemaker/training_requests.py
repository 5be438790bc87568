"""What CreateTrainingJob refuses beyond its model: AWS's own further rules, and what this server can't run yet.

Nothing is ever run differently from what was asked: it is refused, with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.storage import Location, nothing_found

Request = dict[str, Any]


def check_training_request(request: Request, object_exists: Callable[[Location], bool], region: str) -> None:
    """Raise `AwsError` when the job can't be run as asked."""
    _check_algorithm(request.get("AlgorithmSpecification", {}))
    _check_resources(request)
    _check_input_modes(request)
    _check_channels(request, object_exists, region)


def _check_algorithm(algorithm: Request) -> None:
    if "TrainingImage" not in algorithm:
        raise not_implemented("training without AlgorithmSpecification.TrainingImage: name an image")
    for member in ("ContainerEntrypoint", "ContainerArguments"):
        if member in algorithm:
            raise not_implemented(f"AlgorithmSpecification.{member}: the image's own train program is run")
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
    if "InstanceGroups" in resources or resources.get("InstanceCount", 1) != 1:
        raise not_implemented("training on more than one instance: set ResourceConfig.InstanceCount to 1")
    if "InstanceType" not in resources:
        raise validation_error("ResourceConfig.InstanceType is required.")
    if "CheckpointConfig" in request:
        raise not_implemented("CheckpointConfig")


def _check_input_modes(request: Request) -> None:
    modes = {request["AlgorithmSpecification"].get("TrainingInputMode")}
    modes |= {channel.get("InputMode") for channel in request.get("InputDataConfig", ())}
    for mode in sorted(modes - {None, "File"}):
        raise not_implemented(f"input mode {mode}: set TrainingInputMode, and each channel's InputMode, to File")


def _check_channels(request: Request, object_exists: Callable[[Location], bool], region: str) -> None:
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", ())]
    if len(names) != len(set(names)):
        raise validation_error("Channel names must be unique within a training job's InputDataConfig.")
    for channel in request.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise not_implemented(f"channel {channel['ChannelName']}: a DataSource other than S3DataSource")
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise not_implemented(f"channel {channel['ChannelName']}: S3DataType {source['S3DataType']}")
        location = Location.parse(source["S3Uri"])
        if not object_exists(location):
            raise validation_error(nothing_found(location, region, request["RoleArn"]))
