"""`CreateTrainingJob`. The defaults are secure: keys on volume and output, encrypted traffic, isolation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.channels import input_data
from launchpad.requests.context import (
    Definition,
    Environment,
    Request,
    RequestError,
    Run,
    image_uri,
    tags,
    vpc_config,
)
from launchpad.requests.hyperparameters import hyperparameters
from launchpad.requests.insight import insight
from launchpad.requests.overrides import apply_overrides
from launchpad.requests.resources import stopping_condition, training_cluster

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
"""The variable from which MLflow reads its server."""
EXPERIMENT_VARIABLE = "MLFLOW_EXPERIMENT_NAME"
"""The variable from which MLflow reads the experiment of new runs."""


def training_request(definition: Definition, environment: Environment, run: Run) -> Request:
    """The keyword arguments of `create_training_job` for one run.

    Raises:
        RequestError: the workload doesn't train, or an override can't be applied.
    """
    section = training_section(definition, run)
    return {
        "TrainingJobName": run.name,
        "HyperParameters": hyperparameters(section, environment, run),
        "Tags": tags(definition, environment),
        **job_definition(section, definition, environment, run),
        **insight(section, jobs_uri(definition, environment), run.name),
    }


def training_section(definition: Definition, run: Run) -> dict[str, Any]:
    """The workload's `training` section with the run's overrides applied.

    Raises:
        RequestError: the workload has no such section, or an override can't be applied.
    """
    if not definition.get("training"):
        raise RequestError(f"workload {definition['name']!r} has no `training` section")
    return apply_overrides(definition["training"], run.overrides, "training")


def job_definition(section: Mapping[str, Any], definition: Definition, environment: Environment, run: Run) -> Request:
    """The members that a training job and the jobs of a tuning job share."""
    return {
        "RoleArn": environment.training_role_arn,
        "AlgorithmSpecification": _algorithm(section, environment),
        "InputDataConfig": input_data(section, environment, run),
        "OutputDataConfig": {
            "S3OutputPath": jobs_uri(definition, environment),
            "KmsKeyId": environment.kms_key_arn,
        },
        "ResourceConfig": training_cluster(section, environment),
        "StoppingCondition": stopping_condition(section),
        "EnableNetworkIsolation": section["network_isolation"],
        "EnableInterContainerTrafficEncryption": section["encrypt_traffic"],
        **_variables(section, definition, environment),
        **({"RetryStrategy": {"MaximumRetryAttempts": section["retries"]}} if section["retries"] else {}),
        **vpc_config(environment),
        **_checkpoints(section, definition, environment, run),
    }


def jobs_uri(definition: Definition, environment: Environment) -> str:
    """The output folder of the workload's jobs; SageMaker appends the job's name."""
    return f"s3://{environment.model_bucket}/{definition['name']}/jobs"


def _algorithm(section: Mapping[str, Any], environment: Environment) -> Request:
    metrics = [{"Name": metric["name"], "Regex": metric["regex"]} for metric in section["metrics"] if metric["regex"]]
    return {
        "TrainingImage": image_uri(section, environment),
        "TrainingInputMode": "File",
        **({"MetricDefinitions": metrics} if metrics else {}),
    }


def experiment_name(definition: Definition, environment: Environment) -> str:
    """The name of the MLflow experiment with the runs of one workload."""
    return f"launchpad-{environment.name}/{definition['name']}"


def _variables(section: Mapping[str, Any], definition: Definition, environment: Environment) -> Request:
    """The workload's variables, and MLflow's if the job reaches it: without, a program's call would hang, then fail."""
    tracked = environment.tracking_uri and environment.jobs_reach_tracking and not section["network_isolation"]
    own = {
        TRACKING_VARIABLE: environment.tracking_uri,
        EXPERIMENT_VARIABLE: experiment_name(definition, environment),
    }
    variables = {**(own if tracked else {}), **section["environment"]}
    return {"Environment": variables} if variables else {}


def _checkpoints(section: Mapping[str, Any], definition: Definition, environment: Environment, run: Run) -> Request:
    """Checkpoints, always for managed spot training: without them, an interrupted job would start over."""
    if not section["spot"] and not section["checkpoints"]:
        return {}
    checkpoints = f"s3://{environment.model_bucket}/{definition['name']}/checkpoints/{run.name}"
    spot = {"EnableManagedSpotTraining": True} if section["spot"] else {}
    return {**spot, "CheckpointConfig": {"S3Uri": checkpoints}}
