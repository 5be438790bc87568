"""Serve a training job's model: `{"workload": "...", "training_job_name": "..."}` returns the endpoint's name.

With `"record": "..."` it serves again what a record of the endpoint's history has. All names except the endpoint's are
derived from the content, so that a second call changes nothing, a rollback finds what is still there, and an update
creates the new model before the old one is removed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from decision_log import decided, logs_decisions
from endpoint_history import Serving, earlier, recorded, serving_of
from model_bundle import model_with_code
from models import create_model_of, create_once, finished_job, metrics_of, sagemaker
from platform_access import CATALOGUE, ENVIRONMENT, definition_of, exists

from launchpad.requests import Definition, Request, RequestError, endpoint_config_request, endpoint_request
from launchpad.requests.quality import check_quality

KEYS = ("training_job_name", "record", "by", "run")
"""The event's keys: the job to serve, or the record to go back to; and what asks for it, such as `pipeline`."""
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "InService")
"""The values of EndpointStatus with which an endpoint serves its configuration, or will."""


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        RequestError: the environment forbids it, the job has no model, or the model misses its quality gate.
    """
    definition = _definition(event)
    if os.environ["DIRECT_DEPLOY"] != "true":
        raise RequestError(
            f"environment {ENVIRONMENT.name!r} serves what its config pins (direct_deploy: false);"
            " deploy by pull request"
        )
    serving = _restored(definition, event["record"]) if event.get("record") else _trained(definition, event)
    endpoint = endpoint_request(definition, ENVIRONMENT, serving.endpoint_config)
    name = endpoint["EndpointName"]
    current = _described(name)
    action = _action(current, serving.endpoint_config)
    if action != "unchanged":
        with recorded(definition["name"], name, serving, current, event):
            _change(endpoint, current)
    decided(action, f"endpoint {name}", endpoint=name, model=serving.model, job=serving.job)
    return {
        "workload": definition["name"],
        "endpoint_name": name,
        "endpoint_config_name": serving.endpoint_config,
        "model_name": serving.model,
        "training_job_name": serving.job,
        "action": action,
    }


def _definition(event: Mapping[str, Any]) -> Definition:
    """Return the workload; of one that was only ever served as a working copy, the record has what is needed."""
    name = event.get("workload")
    if event.get("record") and name not in CATALOGUE:
        return {"name": name, "serving": earlier(str(name), event["record"])["serving"]}
    return definition_of(event, KEYS)


def _trained(definition: Definition, event: Mapping[str, Any]) -> Serving:
    """Create what serves the model of a training job, if it passes the quality gate."""
    job = finished_job(definition, event.get("training_job_name"))
    metrics = metrics_of(definition, job)
    check_quality(definition, metrics)
    model_data = model_with_code(definition, job["ModelArtifacts"]["S3ModelArtifacts"])
    return _created(definition, job["TrainingJobName"], model_data, metrics)


def _restored(definition: Definition, name: Any) -> Serving:
    """Create what an earlier record has, unless it is still there: the same content has the same names.

    The quality gate is not asked again: the model passed it, and to go back must not depend on a gate that was raised
    since. An archive that is gone is made anew of the job's artifact, with the scripts of today.
    """
    if not definition["serving"]:
        raise RequestError(f"workload {definition['name']!r} has no `serving` section any more; write one to serve it")
    record = earlier(definition["name"], name)
    job, model_data, metrics = record["job"], record["model_data"], record["metrics"]
    if _object_exists(model_data):
        serving = {**definition["serving"], **record["serving"]}  # an earlier one may lack keys of today
        return _created({**definition, "serving": serving}, job, model_data, metrics, name)
    artifact = finished_job(definition, job)["ModelArtifacts"]["S3ModelArtifacts"]
    if not _object_exists(artifact):
        raise RequestError(f"the model of {job} is gone ({model_data}, and its job's {artifact}); train it again")
    return _created(definition, job, model_with_code(definition, artifact), metrics, name)


def _created(
    definition: Definition, job: str, model_data: str, metrics: Mapping[str, float], restores: str = ""
) -> Serving:
    """Create the model and the endpoint configuration, unless they exist."""
    model = create_model_of(definition, model_data)
    config = endpoint_config_request(definition, ENVIRONMENT, model)
    create_once(sagemaker.create_endpoint_config, config)
    return Serving(
        job, model, config["EndpointConfigName"], model_data, metrics, serving_of(definition), restores=restores
    )


def _described(endpoint: str) -> dict[str, Any] | None:
    try:
        description: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=endpoint)
    except sagemaker.exceptions.ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None
    return description


def _action(current: Mapping[str, Any] | None, config: str) -> str:
    if current is None:
        return "created"
    serves_it = current["EndpointConfigName"] == config and current["EndpointStatus"] in BUSY
    return "unchanged" if serves_it else "updated"


def _change(endpoint: Request, current: Mapping[str, Any] | None) -> None:
    """Create the endpoint, or have it serve another configuration."""
    name = endpoint["EndpointName"]
    if current is None:
        sagemaker.create_endpoint(**endpoint)
        return
    if current["EndpointStatus"] == "Failed":
        raise RequestError(
            f"endpoint {name} has failed ({current.get('FailureReason', 'no reason given')});"
            " delete it, then deploy again"
        )
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=endpoint["EndpointConfigName"])


def _object_exists(uri: str) -> bool:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return exists(bucket, key)
