"""Serve a training job's model: `{"workload": "...", "training_job_name": "..."}` returns the endpoint's name.

With `"record": "..."` it serves again what a record of the endpoint's history has; with `"promote": "..."` it gives all
requests to a variant. All names except the endpoint's are derived from the content, so that a second call changes
nothing, a rollback finds what is still there, and an update creates the new model before the old one is removed.

EventBridge calls it once an endpoint is in service (`{"settled": "..."}`): only then it can be scaled. For a
pinned endpoint, which CloudFormation creates, it asks for the key and the retention of its logs (`{"logs_of": "..."}`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alert_topic import with_alert_topic
from decision_log import decided, logs_decisions
from endpoint_history import Serving, earlier, recorded, serving_of
from endpoint_monitoring import watch_models
from endpoint_release import CHANGING, BusyEndpointError, change_endpoint
from endpoint_scaling import settle
from endpoint_variants import Arrangement, arranged, as_listed, check_keys, variant_jobs
from log_groups import protect_endpoint_logs
from model_bundle import model_with_code
from models import create_once, described, finished_job, metrics_of, sagemaker
from platform_access import CATALOGUE, ENVIRONMENT, definition_of, exists
from serving_models import ServedModel, create_served_model

from launchpad.requests import Definition, RequestError, endpoint_config_request
from launchpad.requests.quality import check_quality
from launchpad.requests.shared_endpoints import served_name

KEYS = (
    *("training_job_name", "record", "by", "run"),
    *("release", "variant", "weight", "shadow", "promote", "preprocessor_jobs"),
)
"""The event's keys: the job to serve, the record to go back to or the variant to keep; what asks for it, such as
`pipeline`; and how it is served: in place of the workload's `release`, as a named variant with a share of the requests
(`weight`, between 0 and 1) or as a shadow, after which jobs of the preprocessors."""
BUSY = (*CHANGING, "InService")
"""The values of EndpointStatus with which an endpoint serves its configuration, or will."""


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point.

    Raises:
        BusyEndpointError: the endpoint is being changed.
        RequestError: the environment forbids it, the job has no model, or the model misses its quality gate.
    """
    if "logs_of" in event:
        return _logs_protected(event["logs_of"])
    if "settled" in event:
        return settle(event["settled"])
    record = earlier(str(event.get("workload")), event["record"]) if event.get("record") else None
    definition = _definition(event, record)
    if os.environ["DIRECT_DEPLOY"] != "true":
        raise RequestError(
            f"environment {ENVIRONMENT.name!r} serves what its config pins (direct_deploy: false);"
            " deploy by pull request"
        )
    if not definition["serving"]:
        raise RequestError(f"workload {definition['name']!r} has no `serving` section; write one to serve it")
    check_keys(definition, event)
    name = served_name(definition, ENVIRONMENT)
    current = described(sagemaker.describe_endpoint, EndpointName=name)
    serving = _restored(definition, event["record"], record) if record else _trained(definition, event, current)
    action = _action(current, serving)
    if action == "updated" and current and current["EndpointStatus"] in CHANGING:
        # Before the history has a change that was never made: the caller waits, and asks again.
        raise BusyEndpointError(name, current["EndpointStatus"])
    if action != "unchanged":
        with recorded(definition["name"], name, serving, current, event):
            if action != "added":
                change_endpoint(definition, serving, current, event.get("release"))
    elif (
        current and current["EndpointStatus"] == "InService" and CATALOGUE.get(definition["name"], {}).get("monitoring")
    ):
        watch_models(definition["name"], current)  # with the bounds and the schedule of today: no update settles it
    decided(action, f"endpoint {name}", endpoint=name, model=serving.model, job=serving.job)
    return {
        "workload": definition["name"],
        "endpoint_name": name,
        "endpoint_config_name": serving.endpoint_config,
        "model_name": serving.model,
        "training_job_name": serving.job,
        **({"target_model": serving.target_model} if serving.target_model else {}),
        "action": action,
    }


def _logs_protected(name: str) -> dict[str, Any]:
    if not name.startswith(f"{ENVIRONMENT.name}-"):
        raise RequestError(f"logs_of: {name!r} is no endpoint of environment {ENVIRONMENT.name!r}")
    protect_endpoint_logs(name)
    return {"endpoint_name": name, "action": "logs protected"}


def _definition(event: Mapping[str, Any], record: Mapping[str, Any] | None) -> Definition:
    """Return the workload; with a record, its `serving` section is the record's."""
    name = event.get("workload")
    if record and name not in CATALOGUE:  # it was only ever served as a working copy
        return {"name": name, "serving": record["serving"]}
    definition = definition_of(event, KEYS)
    today, then = definition["serving"], record["serving"] if record else None
    if not today or not then:
        return definition
    if then.get("mode", "realtime") != today.get("mode", "realtime"):  # the keys of two modes exclude each other
        return {**definition, "serving": then}
    return {**definition, "serving": {**today, **then}}  # an earlier section may lack keys of today


def _trained(definition: Definition, event: Mapping[str, Any], current: Mapping[str, Any] | None) -> Serving:
    """Create what serves the model of a training job, if it passes the quality gate."""
    name, preprocessor_jobs = event.get("training_job_name"), event.get("preprocessor_jobs") or {}
    if event.get("promote"):
        name, answering = variant_jobs(definition["name"], event["promote"], current)
        preprocessor_jobs = {**answering, **preprocessor_jobs}
    job = finished_job(definition, name)
    metrics = metrics_of(definition, job)
    check_quality(definition, metrics)
    model_data = model_with_code(definition, job["ModelArtifacts"]["S3ModelArtifacts"])
    model = create_served_model(definition, model_data, preprocessor_jobs)
    arrangement = arranged(definition["name"], event, current, model, job["TrainingJobName"])
    return _created(definition, job["TrainingJobName"], model_data, metrics, model, arrangement)


def _restored(definition: Definition, name: str, record: Mapping[str, Any]) -> Serving:
    """Create what an earlier record has, unless it is still there: the same content has the same names.

    The quality gate is not asked again: the model passed it, and to go back must not depend on a gate that was raised
    since. An archive that is gone is made anew of the job's artifact, with the scripts of today.
    """
    job, model_data, metrics = record["job"], record["model_data"], record["metrics"]
    if not _object_exists(model_data):
        artifact = finished_job(definition, job)["ModelArtifacts"]["S3ModelArtifacts"]
        if not _object_exists(artifact):
            raise RequestError(f"the model of {job} is gone ({model_data}, and its job's {artifact}); train it again")
        definition = {**definition, "serving": CATALOGUE.get(definition["name"], definition)["serving"]}
        model_data = model_with_code(definition, artifact)
    model = create_served_model(definition, model_data, record.get("preprocessors") or {})
    arrangement = as_listed(record.get("variants") or [], model.name)
    return replace(_created(definition, job, model_data, metrics, model, arrangement), restores=name)


def _created(
    definition: Definition,
    job: str,
    model_data: str,
    metrics: Mapping[str, float],
    model: ServedModel,
    arrangement: Arrangement,
) -> Serving:
    """Create the endpoint configuration, unless it exists."""
    production, shadow, listed = arrangement
    notifies = (definition["serving"].get("async") or {}).get("notify")
    environment = with_alert_topic(ENVIRONMENT) if notifies else ENVIRONMENT
    config = endpoint_config_request(definition, environment, production, shadow)
    create_once(sagemaker.create_endpoint_config, config)
    return Serving(
        job,
        model.name,
        config["EndpointConfigName"],
        model_data,
        metrics,
        serving_of(definition),
        preprocessors=model.preprocessors,
        variants=listed,
        target_model=model.target,
    )


def _action(current: Mapping[str, Any] | None, serving: Serving) -> str:
    """What is to be done; `added` is another model of a shared endpoint, which itself does not change."""
    if current is None:
        return "created"
    if current["EndpointConfigName"] != serving.endpoint_config or current["EndpointStatus"] not in BUSY:
        return "updated"
    return "added" if serving.target_model else "unchanged"


def _object_exists(uri: str) -> bool:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return exists(bucket, key)
