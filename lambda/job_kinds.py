"""The kinds of job that a workload may have: where their scripts go, what builds and what takes their requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError
from job_record import job_record, tagged, write_record
from log_groups import protect_shared_logs
from models import create_model, earlier_model, finished_job
from platform_access import ENVIRONMENT, publish_archive, publish_folder, put_once

from launchpad.requests import (
    Definition,
    Environment,
    Request,
    RequestError,
    Run,
    processing_request,
    spark_request,
    training_request,
    transform_request,
    tuning_request,
)
from launchpad.requests.monitoring import baseline_request, predictions_request
from launchpad.requests.monitoring_settings import baseline_settings, settings_body, settings_key
from launchpad.requests.names import LONGEST, LONGEST_TUNING, job_name
from launchpad.requests.spark import spark_service
from launchpad.requests.training import training_section


@dataclass(frozen=True, eq=False, repr=False, match_args=False)
class JobKind:
    """One kind of SageMaker job."""

    operation: str
    """The operation in PascalCase, without `Create` and `Describe`, such as `TrainingJob`."""
    build: Callable[[Definition, Environment, Run], Request]
    section: str
    publish: Callable[[Definition, str], str | None] | None = None
    longest_name: int = LONGEST

    @property
    def name_member(self) -> str:
        """The member of the request that names the job."""
        return f"{self.operation}Name"


def _transform(definition: Definition, environment: Environment, run: Run) -> Request:
    if run.model_uri is None:
        raise RequestError("training_job_name: a transform needs the job whose model makes the predictions")
    model = create_model(definition, run.model_uri, environment.processing_role_arn)
    return transform_request(definition, environment, run, model)


def _baseline(definition: Definition, environment: Environment, run: Run) -> Request:
    job = finished_job(definition, run.model_job)
    settings = baseline_settings(definition, environment, job["TrainingJobName"])
    return baseline_request(definition, environment, run, job, publish_settings(definition, settings))


def _predictions(definition: Definition, environment: Environment, run: Run) -> Request:
    if run.model_uri is None:
        raise RequestError("training_job_name: the baseline's predictions need the job whose model makes them")
    model = create_model(definition, run.model_uri, environment.processing_role_arn)
    return predictions_request(definition, environment, run, model)


def publish_settings(definition: Definition, settings: Mapping[str, Any]) -> str:
    """Put the settings of a monitoring job into S3, by their content; return the object's URI."""
    body = settings_body(settings)
    key = settings_key(definition, body)
    put_once(ENVIRONMENT.model_bucket, key, body)
    return f"s3://{ENVIRONMENT.model_bucket}/{key}"


BASELINE, PREDICTIONS, MONITOR = "baseline", "baseline-predictions", "monitor"
"""The monitoring jobs. The last one is no row of `KINDS`: the monitor function starts it, which knows the requests."""
KINDS = {
    "training": JobKind("TrainingJob", training_request, "training", publish_archive),
    "tuning": JobKind("HyperParameterTuningJob", tuning_request, "training", publish_archive, LONGEST_TUNING),
    "prepare": JobKind("ProcessingJob", partial(processing_request, section_name="prepare"), "prepare", publish_folder),
    "evaluate": JobKind(
        "ProcessingJob", partial(processing_request, section_name="evaluate"), "evaluate", publish_folder
    ),
    "transform": JobKind("TransformJob", _transform, "transform"),
    BASELINE: JobKind("ProcessingJob", _baseline, "monitoring"),
    PREDICTIONS: JobKind("TransformJob", _predictions, "monitoring"),
}
SPARK = "spark"
SUFFIXES = {"prepare": "prepare", "evaluate": "evaluate", BASELINE: "baseline", PREDICTIONS: "predictions"}
"""What tells apart the names of a token's processing jobs, and of its transform jobs."""


def render(kind: str, definition: Definition, token: str, event: Mapping[str, Any]) -> Request:
    """Build the request of one job, and put its scripts into S3.

    Raises:
        RequestError: the workload has no such section, or the event's settings don't fit it.
    """
    protect_shared_logs()
    job = KINDS[kind]
    suffixed = f"{token}-{SUFFIXES[kind]}" if kind in SUFFIXES else token
    run = Run(
        name=job_name(ENVIRONMENT.name, definition["name"], suffixed, job.longest_name),
        overrides=event.get("overrides") or {},
        source_uri=job.publish(definition, job.section) if job.publish else None,
        model_job=event.get("training_job_name"),
    )
    return job.build(definition, ENVIRONMENT, replace(run, model_uri=_model_uri(definition, kind, run)))


def render_spark(definition: Definition, token: str, overrides: Mapping[str, Any]) -> tuple[str, Request]:
    """Return the boto3 service that takes a Spark step, and the step's request.

    Raises:
        RequestError: the workload has no Spark step, an override doesn't fit it, or the environment has no Spark.
    """
    environment = _with_cluster(ENVIRONMENT)
    service = spark_service(environment)
    run = Run(
        job_name(environment.name, definition["name"], token),
        overrides=overrides,
        source_uri=publish_folder(definition, SPARK),
    )
    return service, spark_request(definition, environment, run)


def _with_cluster(environment: Environment) -> Environment:
    """Return the environment with the current id of its cluster."""
    parameter = environment.spark.get("cluster_parameter")
    if parameter is None:
        return environment
    cluster = boto3.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    return replace(environment, spark={**environment.spark, "cluster_id": cluster})


def record_spark(definition: Definition, token: str, event: Mapping[str, Any]) -> tuple[str, Request]:
    """Write the record of a Spark step; return the service that takes it, and its request with the record's tags."""
    service, request = render_spark(definition, token, event.get("overrides") or {})
    name = request["name"] if service == "emr-serverless" else request["Steps"][0]["Name"]
    record = job_record(SPARK, name, definition, request, event)
    write_record(record)
    return service, tagged(request, record)


def submit_spark(definition: Definition, token: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Start a Spark step, unless this token already did, and return its ids."""
    service, request = record_spark(definition, token, event)
    client = boto3.client(service)
    if service == "emr-serverless":
        job_run = client.start_job_run(**request)
        return {"application_id": job_run["applicationId"], "job_run_id": job_run["jobRunId"], "created": True}
    cluster, name = request["JobFlowId"], request["Steps"][0]["Name"]
    for page in client.get_paginator("list_steps").paginate(ClusterId=cluster):
        for step in page["Steps"]:
            if step["Name"] == name:
                return {"cluster_id": cluster, "step_id": step["Id"], "created": False}
    try:
        steps = client.add_job_flow_steps(**request)
    except ClientError as error:
        if "shutting down, terminated, or finished" not in str(error):
            raise
        raise RequestError(
            f"Spark cluster {cluster} has ended, as it does after `spark.idle_minutes` without work, and does not come"
            f" back: raise `spark.generation` in config/{ENVIRONMENT.name}.yaml by one, and deploy"
        ) from error
    return {"cluster_id": cluster, "step_id": steps["StepIds"][0], "created": True}


def _model_uri(definition: Definition, kind: str, run: Run) -> str | None:
    """Return the artifact that the job starts from: that of the event's training job, else the workload's setting."""
    if run.model_job is not None:
        return str(finished_job(definition, run.model_job)["ModelArtifacts"]["S3ModelArtifacts"])
    if kind in ("training", "tuning"):
        return earlier_model(training_section(definition, run)["initial_model"])
    return None
