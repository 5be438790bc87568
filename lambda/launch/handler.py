"""Start a workload's training job: `{"workload": "...", "token": "...", "overrides": {...}}` to the job's name.

One token, one job: a repeated event finds the job that it began. Without a token the invocation's own id is one, for
Lambda keeps it through its retries.
"""

from __future__ import annotations

from typing import Any

import boto3
from platform_access import ENVIRONMENT, definition_of, publish_source, started_already

from launchpad.requests import Run, training_request
from launchpad.requests.names import job_name

sagemaker = boto3.client("sagemaker")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the event can't be launched; AWS's own errors pass through.
    """
    definition = definition_of(event)
    name = job_name(ENVIRONMENT.name, definition["name"], event.get("token") or context.aws_request_id)
    run = Run(name, event.get("overrides") or {}, publish_source(definition, "training"))
    request = training_request(definition, ENVIRONMENT, run)
    created = _create(request)
    return {"workload": definition["name"], "training_job_name": name, "created": created}


def _create(request: dict[str, Any]) -> bool:
    """True if this call created the job, False if an earlier call with the same token did."""
    try:
        sagemaker.create_training_job(**request)
    except sagemaker.exceptions.ResourceInUse:
        started_already(sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"]), request)
        return False
    return True
