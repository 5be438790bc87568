"""The requests that CreateTransformJob refuses beyond its model, and Describe's first response."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import not_implemented, validation_error
from local_aws.sagemaker.kinds import TRANSFORM_JOB
from local_aws.sagemaker.model_checks import is_multi_model
from local_aws.sagemaker.models import is_direct
from local_aws.sagemaker.resources import members_of
from local_aws.sagemaker.transform_capture import check_capture
from local_aws.sagemaker.transform_filters import FilterError, Filters

Request = dict[str, Any]
MAX_MEGABYTES = 100
UNSUPPORTED = (
    ("SplitType", ("RecordIO", "TFRecord"), "Line or None"),
    ("S3DataType", ("AugmentedManifestFile", "Converse"), "S3Prefix or ManifestFile"),
)


def check_model(model: Request) -> None:
    """Refuse a model that a transform job can't use; one whose containers follow each other can be.

    AWS documents it of ModelDataSource (API reference, ContainerDefinition); the words are ours. That the modes
    MultiModel and Direct don't work is concluded from a job's request, which can't name a model or a container.
    """
    containers = model.get("Containers") or [model["PrimaryContainer"]]
    if any(map(is_multi_model, containers)):
        raise validation_error("A model with a container whose Mode is MultiModel can't be used in a transform job.")
    if any("ModelDataSource" in container for container in containers):
        raise validation_error("A model with a ModelDataSource can't be used in a transform job.")
    if is_direct(model):
        raise validation_error("A model whose InferenceExecutionConfig is Direct can't be used in a transform job.")


def transform_details(request: Request) -> Request:
    """DescribeTransformJob's first response. Raises `AwsError` if the job can't be run as requested."""
    settings = {**request["TransformInput"], **request["TransformInput"]["DataSource"].get("S3DataSource", {})}
    for member, values, instead in UNSUPPORTED:
        if settings.get(member) in values:
            raise not_implemented(f"{member} {settings[member]}: set it to {instead}")
    _check_payload(request)
    try:
        Filters.of(request)
        check_capture(request)
    except FilterError as error:
        raise validation_error(str(error)) from error
    return members_of(TRANSFORM_JOB, request)


def _check_payload(request: Request) -> None:
    megabytes = request.get("MaxPayloadInMB", 0)
    concurrent = request.get("MaxConcurrentTransforms", 1)
    if megabytes * max(concurrent, 1) > MAX_MEGABYTES:
        raise validation_error(
            f"MaxPayloadInMB ({megabytes}) times MaxConcurrentTransforms ({concurrent}) can't exceed {MAX_MEGABYTES}."
        )
