"""The pipeline's steps that are not jobs: render the requests, judge and register a model, describe a failure.

The state machine runs the requests that `plan`, `evaluation`, `baseline` and `predictions` return, and calls `register`
before it deploys. Where
an earlier stage writes the data, it calls `record` between that stage and the training. Two more steps, `arrived` and
`turn`, start the pipeline for new data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import boto3
from arrivals import arrived, turn
from decision_log import decided, logs_decisions
from failures import failure
from job_kinds import BASELINE, KINDS, PREDICTIONS, SPARK, record_spark, render
from job_record import job_record, tagged, write_record
from launched_runs import abandon_run, with_run
from model_bundle import model_with_code
from models import create_once, finished_job, metrics_of, sagemaker
from platform_access import CATALOGUE, ENVIRONMENT, definition_of, s3
from state_arguments import state_arguments

from launchpad.requests import Definition, RequestError, package_group_request, package_request
from launchpad.requests.monitoring import baseline_uri
from launchpad.requests.names import attempt_token
from launchpad.requests.processing import evaluation_uri
from launchpad.requests.quality import check_quality
from launchpad.requests.registry import package_group_policy

PLANNING = ("token", "overrides", "attempt")
"""The keys of an event that plans jobs."""


@logs_decisions
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point: `{"step": "...", "workload": "...", ...}`.

    Raises:
        RequestError: the event's settings don't fit the workload, or its model misses the quality gate.
    """
    steps: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "plan": _plan,
        "record": _record,
        "evaluation": partial(_judging, "evaluate"),
        "baseline": partial(_judging, BASELINE),
        "predictions": partial(_judging, PREDICTIONS),
        "register": _register,
        "failure": _failure,
        "arrived": arrived,
        "turn": turn,
    }
    step = event.pop("step", None)
    if step not in steps:
        raise RequestError(f"no step {step!r}; known: {', '.join(sorted(steps))}")
    return steps[step](event)


def _plan(event: dict[str, Any]) -> dict[str, Any]:
    """Return the requests of the pipeline's jobs, None for each stage that the workload does not have."""
    definition = definition_of(event, PLANNING)
    token = _token(event)
    kind = _kind(definition)
    first = {**event, "overrides": {}}
    writes_data = definition["prepare"] or definition[SPARK]
    request = render(kind, definition, token, event) if writes_data else _recorded(kind, definition, event)
    plan = {
        "workload": definition["name"],
        "prepare": _recorded("prepare", definition, first) if definition["prepare"] else None,
        "spark": _spark_step(definition, token, first) if definition[SPARK] else None,
        "training": None,
        "tuning": None,
        kind: request,
        "record": bool(writes_data),
        "evaluate": definition["evaluate"] is not None,
        "baseline": _makes_baseline(definition),
        "register": definition["serving"] is not None,
        "deploy": bool(
            definition["serving"] and definition["pipeline"]["deploy"] and os.environ["DIRECT_DEPLOY"] == "true"
        ),
    }
    stages = ", ".join(stage for stage, value in plan.items() if value and stage not in ("workload", "record"))
    job = plan[kind][KINDS[kind].name_member]
    decided("planned", stages, workload=definition["name"], token=token, stages=stages, job=job)
    return plan


def _record(event: dict[str, Any]) -> dict[str, Any]:
    """Write the record of the run's training or tuning job, whose data are complete now, and return its request."""
    definition = definition_of(event, PLANNING)
    kind = _kind(definition)
    return {kind: _recorded(kind, definition, event)}


def _recorded(kind: str, definition: Definition, event: Mapping[str, Any]) -> dict[str, Any]:
    """Render the request of a job that starts next, write its record, and create its run in MLflow."""
    request = render(kind, definition, _token(event), event)
    record = job_record(kind, request[KINDS[kind].name_member], definition, request, event)
    write_record(record)
    return with_run(kind, definition, tagged(request, record))


def _kind(definition: Definition) -> str:
    return "tuning" if definition["tuning"] else "training"


def _spark_step(definition: Definition, token: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Spark step in the form that Step Functions' integration of EMR or EMR Serverless takes."""
    service, request = record_spark(definition, token, event)
    if service == "emr":
        step = {"ClusterId": request["JobFlowId"], "Step": request["Steps"][0]}
        role = {key: request[key] for key in ("ExecutionRoleArn",) if key in request}
        return {"service": service, "request": {**step, **role}}
    shape = boto3.client(service).meta.service_model.operation_model("StartJobRun").input_shape
    return {"service": service, "request": state_arguments(shape, request)}


def _judging(kind: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return the request of a job that works on the model of `training_job_name`: its evaluation, or its baseline."""
    definition = definition_of(event, ("token", "attempt", "training_job_name"))
    token = _token(event)
    request = _recorded(kind, definition, event)
    job = request[KINDS[kind].name_member]
    decided("planned", job, token=token, job=job)
    return request


def _register(event: dict[str, Any]) -> dict[str, Any]:
    """Judge the model, and register one that passes as a version of the workload's model package group."""
    definition = definition_of(event, ("training_job_name",))
    job = finished_job(definition, event["training_job_name"])
    metrics = metrics_of(definition, job)
    check_quality(definition, metrics)
    artifact = model_with_code(definition, job["ModelArtifacts"]["S3ModelArtifacts"])
    group = package_group_request(definition, ENVIRONMENT)
    create_once(sagemaker.create_model_package_group, group)
    statistics = _keep_metrics(definition, job, metrics)
    baseline = _baseline_of(definition, job["TrainingJobName"])
    request = package_request(definition, ENVIRONMENT, artifact, metrics, statistics, baseline)
    earlier = _registered(group["ModelPackageGroupName"], artifact)
    version = earlier or sagemaker.create_model_package(**request)["ModelPackageArn"]
    _let_read(version)
    name = job["TrainingJobName"]
    decided("found" if earlier else "registered", version, job=name, model_package=version)
    return {"training_job_name": name, "model_package_arn": version, "metrics": metrics}


def _let_read(version: str) -> None:
    """Let the environments in other accounts that this one's models are promoted to describe the group's versions."""
    readers = json.loads(os.environ.get("PACKAGE_READERS", "[]"))
    if readers:
        group_arn = version.rpartition("/")[0].replace(":model-package/", ":model-package-group/")
        sagemaker.put_model_package_group_policy(
            ModelPackageGroupName=group_arn.rpartition("/")[2],
            ResourcePolicy=package_group_policy(group_arn, readers),
        )


def _baseline_of(definition: Definition, job: str) -> str | None:
    """Return the folder of the baseline that an earlier step wrote; None for a workload without monitoring."""
    return baseline_uri(definition, ENVIRONMENT, job) if _makes_baseline(definition) else None


def _makes_baseline(definition: Definition) -> bool:
    """Return whether a run makes a baseline: roles may only where a deployed workload is monitored, not for a copy."""
    deployed = any(other.get("monitoring") for other in CATALOGUE.values())
    return deployed and bool(definition.get("monitoring"))


def _registered(group: str, artifact: str) -> str | None:
    """Return the version that an earlier attempt of this step registered."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            arn: str = summary["ModelPackageArn"]
            package = sagemaker.describe_model_package(ModelPackageName=arn)
            if package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == artifact:
                return arn
    return None


def _keep_metrics(definition: Definition, job: Mapping[str, Any], metrics: Mapping[str, float]) -> str:
    key = f"{evaluation_uri(definition, ENVIRONMENT, job['TrainingJobName'])}/quality.json".split("/", 3)[3]
    s3().put_object(Bucket=ENVIRONMENT.model_bucket, Key=key, Body=json.dumps(metrics, sort_keys=True).encode())
    return f"s3://{ENVIRONMENT.model_bucket}/{key}"


def _failure(event: dict[str, Any]) -> dict[str, Any]:
    """Return a stage's error as text, with the job, its reason and its log, and whether to try again later."""
    outcome = failure(event, int(os.environ["CAPACITY_RETRIES"]))
    refused = outcome["job"] is None and "ResourceInUse" not in event["error"]
    if event.get("request") and refused:  # the run of a job that exists is `track.py`'s
        abandon_run(event["request"])
    decided("retry" if outcome["retry"] else "stop", f"after {outcome['message']}", stage=str(outcome["stage"]))
    return outcome


def _token(event: Mapping[str, Any]) -> str:
    return attempt_token(str(event["token"]), event.get("attempt", 0))
