"""Serve what a training job made: `{"workload": "...", "training_job_name": "..."}` to the endpoint's name.

Every name but the endpoint's comes from the content, so that calling twice changes nothing, and an update makes the
new model before the old one goes.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from model_bundle import model_with_code
from platform_access import ENVIRONMENT, definition_of

from launchpad.requests import (
    Definition,
    Request,
    RequestError,
    endpoint_config_request,
    endpoint_request,
    model_request,
)
from launchpad.requests.quality import check_quality

sagemaker = boto3.client("sagemaker")
ALREADY_THERE = ("already existing", "already exists")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the environment forbids it, the job has no model, or the model misses its quality gate.
    """
    if os.environ["DIRECT_DEPLOY"] != "true":
        raise RequestError(
            f"environment {ENVIRONMENT.name!r} serves what its config pins (direct_deploy: false);"
            " deploy by pull request"
        )
    definition = definition_of(event)
    job = _finished_job(definition, event.get("training_job_name"))
    check_quality(definition, job.get("FinalMetricDataList", []))
    artifact = model_with_code(definition, job["ModelArtifacts"]["S3ModelArtifacts"])
    model = model_request(definition, ENVIRONMENT, artifact)
    config = endpoint_config_request(definition, ENVIRONMENT, model["ModelName"])
    _create_once(sagemaker.create_model, model)
    _create_once(sagemaker.create_endpoint_config, config)
    action = _serve(endpoint_request(definition, ENVIRONMENT, config["EndpointConfigName"]))
    return {
        "workload": definition["name"],
        "endpoint_name": endpoint_request(definition, ENVIRONMENT, "")["EndpointName"],
        "endpoint_config_name": config["EndpointConfigName"],
        "model_name": model["ModelName"],
        "action": action,
    }


def _finished_job(definition: Definition, name: Any) -> dict[str, Any]:
    if not isinstance(name, str) or not name.startswith(f"{ENVIRONMENT.name}-"):
        raise RequestError(
            f"training_job_name: expected a job of this environment ({ENVIRONMENT.name}-...), not {name!r}"
        )
    job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
    if job["TrainingJobStatus"] != "Completed":
        raise RequestError(f"{name} is {job['TrainingJobStatus']}: only a completed job has a model to serve")
    marker = f"/{definition['name']}/"
    if marker not in job["ModelArtifacts"]["S3ModelArtifacts"]:
        raise RequestError(f"{name} did not train workload {definition['name']!r}")
    return job


def _create_once(create: Any, request: Request) -> None:
    """Create what is named by its content; one that is there already is the same."""
    try:
        create(**request)
    except sagemaker.exceptions.ClientError as error:
        if not any(words in str(error) for words in ALREADY_THERE):
            raise


def _serve(request: Request) -> str:
    """Create the endpoint, or update it if it serves something else: `created`, `updated` or `unchanged`."""
    name, config = request["EndpointName"], request["EndpointConfigName"]
    try:
        current = sagemaker.describe_endpoint(EndpointName=name)
    except sagemaker.exceptions.ClientError as error:
        if "Could not find" not in str(error):
            raise
        sagemaker.create_endpoint(**request)
        return "created"
    if current["EndpointConfigName"] == config and current["EndpointStatus"] in ("InService", "Creating", "Updating"):
        return "unchanged"
    if current["EndpointStatus"] == "Failed":
        raise RequestError(
            f"endpoint {name} has failed ({current.get('FailureReason', 'no reason given')});"
            " delete it, then deploy again"
        )
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    return "updated"
