"""Find the artifacts and metrics of finished jobs, and create SageMaker models from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError
from model_bundle import model_with_code
from platform_access import ENVIRONMENT, s3

from launchpad.requests import Definition, Request, RequestError, model_request
from launchpad.requests.processing import evaluation_uri

sagemaker = boto3.client("sagemaker")
EXISTS = ("already existing", "already exists")


def finished_job(definition: Definition, name: Any) -> dict[str, Any]:
    """Describe a completed training job of this environment and workload.

    Raises:
        RequestError: the job does not exist, or has no model.
    """
    if not isinstance(name, str) or not name:
        raise RequestError("training_job_name: write the name of a completed training job")
    try:
        job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
    except sagemaker.exceptions.ClientError as error:
        raise RequestError(f"training_job_name {name!r}: {error.response['Error']['Message']}") from None
    if job["TrainingJobStatus"] != "Completed":
        raise RequestError(f"{name} is {job['TrainingJobStatus']}: only a completed job has a model to serve")
    if not job["ModelArtifacts"]["S3ModelArtifacts"].startswith(_jobs_folder(definition)):
        raise RequestError(f"{name} did not train workload {definition['name']!r} in {ENVIRONMENT.name!r}")
    return job


def metrics_of(definition: Definition, job: Mapping[str, Any]) -> dict[str, float]:
    """Return a job's final metrics, and those of its evaluation if the workload has one.

    Raises:
        RequestError: the workload's evaluation has not been run for this job.
    """
    metrics = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])}
    if not definition["evaluate"]:
        return metrics
    folder = urlsplit(evaluation_uri(definition, ENVIRONMENT, job["TrainingJobName"]))
    try:
        file = s3().get_object(Bucket=folder.netloc, Key=f"{folder.path.lstrip('/')}/metrics.json")
    except s3().exceptions.NoSuchKey:
        raise RequestError(f"{job['TrainingJobName']} was not evaluated yet, or wrote no metrics.json") from None
    return {**metrics, **_numbers(json.loads(file["Body"].read()))}


def earlier_model(origin: Mapping[str, Any] | None) -> str | None:
    """Return the artifact of `training.initial_model`, or None without such a section.

    Raises:
        RequestError: the job or the model package doesn't exist, or the job has no model.
    """
    if not origin:
        return None
    if origin["training_job"]:
        job = _described("training_job", origin, sagemaker.describe_training_job, "TrainingJobName")
        if job["TrainingJobStatus"] != "Completed":
            raise RequestError(f"{_key('training_job', origin)} is {job['TrainingJobStatus']}; {_REMEDY}")
        return str(job["ModelArtifacts"]["S3ModelArtifacts"])
    if origin["model_package"]:
        package = _described("model_package", origin, sagemaker.describe_model_package, "ModelPackageName")
        return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])
    return str(origin["model_data"])


_REMEDY = "write the name of a completed job, then deploy, or name one for this run: --from JOB"


def _described(key: str, origin: Mapping[str, Any], describe: Any, member: str) -> Mapping[str, Any]:
    try:
        response: Mapping[str, Any] = describe(**{member: origin[key]})
    except sagemaker.exceptions.ClientError as error:
        message = error.response["Error"]["Message"].rstrip(".")
        raise RequestError(f"{_key(key, origin)}: {message}; {_REMEDY}") from None
    return response


def _key(key: str, origin: Mapping[str, Any]) -> str:
    return f"training.initial_model.{key} {origin[key]!r}"


def described(describe: Callable[..., dict[str, Any]], **name: str) -> dict[str, Any] | None:
    """Return what SageMaker's operation describes; None if it does not exist."""
    try:
        return describe(**name)
    except ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None


def create_model(definition: Definition, artifact: str, role_arn: str | None = None) -> str:
    """Create a model of `artifact` with the workload's serving scripts, unless it exists, and return its name."""
    return create_model_of(definition, model_with_code(definition, artifact), role_arn)


def create_model_of(definition: Definition, model_data: str, role_arn: str | None = None) -> str:
    """Create a model of an archive that has its scripts already, unless it exists, and return its name."""
    request = model_request(definition, ENVIRONMENT, model_data, role_arn)
    create_once(sagemaker.create_model, request)
    return str(request["ModelName"])


def create_once(create: Any, request: Request) -> None:
    """Create a resource that is named after its content, so that an existing one is the same."""
    try:
        create(**request)
    except sagemaker.exceptions.ClientError as error:
        if not any(words in str(error) for words in EXISTS):
            raise


def _numbers(metrics: Any) -> dict[str, float]:
    if not isinstance(metrics, dict) or not all(isinstance(value, int | float) for value in metrics.values()):
        raise RequestError('metrics.json: expected numbers by name, such as {"accuracy": 0.97}')
    return {name: float(value) for name, value in metrics.items()}


def _jobs_folder(definition: Definition) -> str:
    return f"s3://{ENVIRONMENT.model_bucket}/{definition['name']}/"
