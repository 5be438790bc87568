"""The kinds of SageMaker Pipelines' resources, with AWS's messages."""

from __future__ import annotations

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.store import Kind


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


PIPELINE = Kind(
    name="pipeline",
    member="Pipeline",
    arn_type="pipeline",
    missing=lambda _kind, arn: AwsError("ResourceNotFound", f"Pipeline '{arn}' does not exist."),
    exists=lambda _kind, arn: validation_error(
        "Pipeline names must be unique within an AWS account and region. "
        f"Pipeline with name ({_name(arn)}) already exists."
    ),
)
PIPELINE_EXECUTION = Kind(
    name="pipeline execution",
    member="PipelineExecution",
    arn_type="pipeline",
    missing=lambda _kind, arn: AwsError("ResourceNotFound", f"PipelineExecution '{arn}' does not exist."),
    exists=lambda _kind, arn: validation_error(f"PipelineExecution '{arn}' already exists."),
)
