"""The kinds of SageMaker resources, with AWS's messages for a missing resource and for a name in use."""

from __future__ import annotations

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.store import Kind


def _not_found(_kind: Kind, _arn: str) -> AwsError:
    return validation_error("Requested resource not found.")


def _no_job(_kind: Kind, arn: str) -> AwsError:
    return validation_error(f"Could not find requested job with name: {_name(arn)}")


def no_job_to_stop(name: str) -> AwsError:
    """The error of StopProcessingJob and StopTransformJob for a missing job."""
    return validation_error(f"Could not find job to update with name: {name}")


def _no_tuning_job(_kind: Kind, arn: str) -> AwsError:
    return AwsError("ResourceNotFound", f"Amazon SageMaker can't find a tuning job with the name {_name(arn)}.")


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _could_not_find(kind: Kind, arn: str) -> AwsError:
    return validation_error(f'Could not find {kind.name} "{arn}".')


def _already_existing(kind: Kind, arn: str) -> AwsError:
    return validation_error(f'Cannot create already existing {kind.name} "{arn}".')


def _name_in_use(kind: Kind, arn: str) -> AwsError:
    name = kind.name.capitalize()
    return AwsError(
        "ResourceInUse",
        f"{name} names must be unique within an AWS account and region, "
        f"and a {kind.name} with this name already exists ({arn})",
    )


TRAINING_JOB = Kind(
    name="training job", member="TrainingJob", arn_type="training-job", missing=_not_found, exists=_name_in_use
)
TUNING_JOB = Kind(
    name="hyperparameter tuning job",
    member="HyperParameterTuningJob",
    arn_type="hyper-parameter-tuning-job",
    missing=_no_tuning_job,
    exists=_name_in_use,
    any_case=True,  # "The name is not case sensitive" (CreateHyperParameterTuningJob)
)
PROCESSING_JOB = Kind(
    name="processing job", member="ProcessingJob", arn_type="processing-job", missing=_no_job, exists=_name_in_use
)
TRANSFORM_JOB = Kind(
    name="transform job", member="TransformJob", arn_type="transform-job", missing=_no_job, exists=_name_in_use
)
MODEL = Kind(name="model", member="Model", arn_type="model", missing=_could_not_find, exists=_already_existing)
ENDPOINT_CONFIG = Kind(
    name="endpoint configuration",
    member="EndpointConfig",
    arn_type="endpoint-config",
    missing=_could_not_find,
    exists=_already_existing,
)
ENDPOINT = Kind(
    name="endpoint",
    member="Endpoint",
    arn_type="endpoint",
    missing=_could_not_find,
    exists=_already_existing,
    any_case=True,  # "The name is case-insensitive in CreateEndpoint"
)
MODEL_PACKAGE = Kind(
    name="model package",
    member="ModelPackage",
    arn_type="model-package",
    missing=lambda _kind, arn: validation_error(f"ModelPackage {arn} does not exist."),
    exists=lambda _kind, arn: validation_error(f"ModelPackage already exists: {arn}"),
)
MODEL_PACKAGE_GROUP = Kind(
    name="model package group",
    member="ModelPackageGroup",
    arn_type="model-package-group",
    missing=lambda _kind, arn: validation_error(f"ModelPackageGroup {arn} does not exist."),
    exists=lambda _kind, arn: validation_error(f"Model Package Group already exists: {arn}"),
)
