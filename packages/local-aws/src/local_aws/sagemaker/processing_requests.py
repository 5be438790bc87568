"""The requests that CreateProcessingJob refuses beyond its model, and Describe's first response."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.sagemaker.kinds import PROCESSING_JOB
from local_aws.sagemaker.resources import members_of

Request = dict[str, Any]
DATA_FOLDER = "/opt/ml/processing"
CLOSED_IMAGES = {
    "sagemaker-clarify-processing": "Clarify",
    "sagemaker-model-monitor-analyzer": "Model Monitor",
    "sagemaker-debugger-rules": "Debugger",
}
"""AWS's images by repository, and the services that AWS closed to new customers on 2026-07-30. Our words: what AWS
answers to an account that is new to them is not documented."""
DEFAULT_MAX_RUNTIME = 86_400
"""Seconds, if the request has no limit (SageMaker: one day)."""


def processing_details(request: Request) -> Request:
    """DescribeProcessingJob's first response. Raises `AwsError` if the job can't be run as requested."""
    _check_open(request["AppSpecification"]["ImageUri"])
    _check_names(request.get("ProcessingInputs", ()), "InputName", "ProcessingInputs")
    _check_names(_outputs(request), "OutputName", "ProcessingOutputConfig.Outputs")
    if "InstancePreferences" in request["ProcessingResources"]["ClusterConfig"]:
        raise not_implemented("InstancePreferences: set ClusterConfig.InstanceType and InstanceCount")
    for item in request.get("ProcessingInputs", ()):
        _check_input(item)
    for item in _outputs(request):
        _check_output(item)
    stopping = {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME, **request.get("StoppingCondition", {})}
    return {**members_of(PROCESSING_JOB, request), "StoppingCondition": stopping}


def _check_open(image: str) -> None:
    if service := CLOSED_IMAGES.get(re.split("[:@]", image)[0].rpartition("/")[2]):
        raise validation_error(
            f"{image}: Amazon SageMaker {service} is no longer open to new customers, and this account is one."
        )


def _outputs(request: Request) -> list[Request]:
    return list(request.get("ProcessingOutputConfig", {}).get("Outputs", ()))


def _check_names(items: Any, member: str, where: str) -> None:
    names = [item[member] for item in items]
    for name in {name for name in names if names.count(name) > 1}:
        raise validation_error(f"{where}: {member} {name} is there twice; give each a name of its own.")


def _check_input(item: Request) -> None:
    where = f"processing input {item['InputName']}"
    source = item.get("S3Input")
    if source is None:
        raise not_implemented(f"{where}: a DatasetDefinition; give it an S3Input")
    _refuse(where, source, "S3InputMode", "File", lambda mode: mode == "File")
    _refuse(where, source, "S3CompressionType", "None", lambda kind: kind == "None")
    if not item.get("AppManaged"):
        _check_path(where, source)


def _check_output(item: Request) -> None:
    where = f"processing output {item['OutputName']}"
    if "S3Output" not in item:
        raise not_implemented(f"{where}: a FeatureStoreOutput; give it an S3Output")
    if not item.get("AppManaged"):
        _check_path(where, item["S3Output"])


def _refuse(where: str, source: Request, member: str, default: str, accepted: Callable[[str], bool]) -> None:
    if not accepted(value := source.get(member, default)):
        raise not_implemented(f"{where}: {member} {value}; set it to {default}")


def _check_path(where: str, settings: Request) -> None:
    """Check a LocalPath by SageMaker's rules, and that it stays inside the job's folder."""
    path = settings.get("LocalPath", "")
    if not path.startswith(f"{DATA_FOLDER}/") or ".." in path.split("/"):
        raise validation_error(f"{where}: LocalPath must begin with {DATA_FOLDER}/, and is {path!r}.")
