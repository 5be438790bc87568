"""Builds every request that a workload can launch, as the functions do, for an invented environment."""

from __future__ import annotations

from collections.abc import Iterator

from launchpad.images.containers import container_names, repository_name
from launchpad.requests import (
    Definition,
    Environment,
    Request,
    Run,
    baseline_request,
    endpoint_config_request,
    endpoint_request,
    model_request,
    monitor_request,
    predictions_request,
    processing_request,
    shared_model_request,
    training_request,
    transform_request,
    tuning_request,
)

ACCOUNT, REGION = "123456789012", "eu-west-1"
ENVIRONMENT = Environment(
    name="prod",
    region=REGION,
    data_bucket="data-bucket",
    model_bucket="model-bucket",
    kms_key_arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef",
    training_role_arn=f"arn:aws:iam::{ACCOUNT}:role/training",
    serving_role_arn=f"arn:aws:iam::{ACCOUNT}:role/serving",
    processing_role_arn=f"arn:aws:iam::{ACCOUNT}:role/processing",
    subnet_ids=("subnet-11111111", "subnet-22222222"),
    security_group_ids=("sg-11111111",),
    allow_serverless=True,  # what that relaxes is acknowledged for each workload
    alert_topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
    containers={
        name: f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository_name('prod', name)}:0a1b2c3d"
        for name in container_names()
    },
)
MODEL_URI = "s3://model-bucket/workload/models/0a1b2c3d/model.tar.gz"
RUN = Run(
    name="prod-workload-1",
    source_uri="s3://data-bucket/code/workload/0a1b2c3d",
    model_uri=MODEL_URI,
    model_job="prod-workload-0",
)


def requests_of(definition: Definition, environment: Environment = ENVIRONMENT) -> Iterator[tuple[str, Request]]:
    """The operation and the request for each section that the workload has."""
    if definition.get("training"):
        yield "CreateTrainingJob", training_request(definition, environment, RUN)
    if definition.get("tuning"):
        yield "CreateHyperParameterTuningJob", tuning_request(definition, environment, RUN)
    for section in ("prepare", "evaluate"):
        if definition.get(section):
            yield "CreateProcessingJob", processing_request(definition, environment, RUN, section)
    if definition.get("serving"):
        yield from _serving(definition, environment)
    if definition.get("monitoring"):
        yield from _monitoring(definition, environment)


def _monitoring(definition: Definition, environment: Environment) -> Iterator[tuple[str, Request]]:
    settings, folder = "s3://model-bucket/workload/monitoring/settings/0a1b2c3d.json", "s3://model-bucket/folder/"
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": folder}}
    channels = definition["training"]["channels"] if definition.get("training") else ()
    job = {
        "TrainingJobName": RUN.model_job,
        "InputDataConfig": [{"ChannelName": name, "DataSource": source} for name in channels],
    }
    if channels:
        yield "CreateProcessingJob", baseline_request(definition, environment, RUN, job, settings)
    inputs = {"baseline": folder, "captured": folder, "labels": folder}
    yield "CreateProcessingJob", monitor_request(definition, environment, RUN, inputs, settings)
    yield "CreateTransformJob", predictions_request(definition, environment, RUN, "prod-workload")


def _serving(definition: Definition, environment: Environment) -> Iterator[tuple[str, Request]]:
    shared = definition["serving"]["shared_endpoint"]
    model = (
        shared_model_request(definition, environment) if shared else model_request(definition, environment, MODEL_URI)
    )
    config = endpoint_config_request(definition, environment, model["ModelName"])
    yield "CreateModel", model
    yield "CreateEndpointConfig", config
    yield "CreateEndpoint", endpoint_request(definition, environment, config["EndpointConfigName"])
    if definition.get("transform"):
        other = model_request(definition, environment, MODEL_URI, environment.processing_role_arn)
        yield "CreateModel", other
        yield "CreateTransformJob", transform_request(definition, environment, RUN, other["ModelName"])
