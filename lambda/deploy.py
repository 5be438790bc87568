"""Serve a training job's model: `{"workload": "...", "training_job_name": "..."}` returns the endpoint's name.

All names except the endpoint's are derived from the content, so that a second call changes nothing, and an update
creates the new model before the old one is removed.
"""

from __future__ import annotations

import os
from typing import Any

from decision_log import decided, logs_decisions
from models import create_model, create_once, finished_job, metrics_of, sagemaker
from platform_access import ENVIRONMENT, definition_of

from launchpad.requests import Request, RequestError, endpoint_config_request, endpoint_request
from launchpad.requests.quality import check_quality

BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "InService")
"""The values of EndpointStatus with which an endpoint serves its configuration, or will."""


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the environment forbids it, the job has no model, or the model misses its quality gate.
    """
    definition = definition_of(event, ("training_job_name",))
    if os.environ["DIRECT_DEPLOY"] != "true":
        raise RequestError(
            f"environment {ENVIRONMENT.name!r} serves what its config pins (direct_deploy: false);"
            " deploy by pull request"
        )
    job = finished_job(definition, event.get("training_job_name"))
    check_quality(definition, metrics_of(definition, job))
    model = create_model(definition, job["ModelArtifacts"]["S3ModelArtifacts"])
    config = endpoint_config_request(definition, ENVIRONMENT, model)
    create_once(sagemaker.create_endpoint_config, config)
    endpoint = endpoint_request(definition, ENVIRONMENT, config["EndpointConfigName"])
    action, name = _serve(endpoint), endpoint["EndpointName"]
    decided(action, f"endpoint {name}", endpoint=name, model=model, job=job["TrainingJobName"])
    return {
        "workload": definition["name"],
        "endpoint_name": name,
        "endpoint_config_name": config["EndpointConfigName"],
        "model_name": model,
        "action": action,
    }


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
    if current["EndpointConfigName"] == config and current["EndpointStatus"] in BUSY:
        return "unchanged"
    if current["EndpointStatus"] == "Failed":
        raise RequestError(
            f"endpoint {name} has failed ({current.get('FailureReason', 'no reason given')});"
            " delete it, then deploy again"
        )
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    return "updated"
