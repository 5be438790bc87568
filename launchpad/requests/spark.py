"""A Spark step: `AddJobFlowSteps` on the platform's EMR cluster, or `StartJobRun` on EMR Serverless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, Run, tags
from launchpad.requests.overrides import apply_overrides

DATA = "{data}"
"""What stands for the data bucket in an argument."""


def spark_service(environment: Environment) -> str:
    """The boto3 client for the request: `emr` or `emr-serverless`.

    Raises:
        RequestError: the environment has neither.
    """
    if "application_id" in environment.spark:
        return "emr-serverless"
    if "cluster_id" in environment.spark:
        return "emr"
    raise RequestError(f"environment {environment.name!r} has no Spark; write a `spark` section in its config")


def spark_request(definition: Definition, environment: Environment, run: Run) -> Request:
    """The keyword arguments of `add_job_flow_steps`, or of `start_job_run` if the environment is serverless.

    Raises:
        RequestError: the workload has no `spark` section, the environment no Spark, or an override can't be applied.
    """
    if not definition.get("spark"):
        raise RequestError(f"workload {definition['name']!r} has no `spark` section")
    section = apply_overrides(definition["spark"], run.overrides, "spark")
    if run.source_uri is None:
        raise RequestError("a Spark step needs `source_uri`: the folder in S3 with its scripts")
    service = spark_service(environment)
    if service == "emr" and "max_runtime_minutes" in run.overrides:
        raise RequestError(
            "max_runtime_minutes: a step on an EMR cluster has no time limit; only EMR Serverless has one"
        )
    build = {"emr": _step, "emr-serverless": _job_run}[service]
    return build(section, definition, environment, run)


def _step(section: Mapping[str, Any], _definition: Definition, environment: Environment, run: Run) -> Request:
    arguments = ["spark-submit", "--deploy-mode", "cluster", *_configuration(section)]
    role = {"ExecutionRoleArn": environment.spark["role_arn"]} if "role_arn" in environment.spark else {}
    return {
        "JobFlowId": environment.spark["cluster_id"],
        **role,
        "Steps": [
            {
                "Name": run.name,
                "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {
                    "Jar": "command-runner.jar",
                    "Args": [*arguments, _script(section, run), *_arguments(section, environment)],
                },
            }
        ],
    }


def _job_run(section: Mapping[str, Any], definition: Definition, environment: Environment, run: Run) -> Request:
    submit = {"entryPoint": _script(section, run), "entryPointArguments": _arguments(section, environment)}
    configuration = " ".join(_configuration(section))
    return {
        "applicationId": environment.spark["application_id"],
        "executionRoleArn": environment.spark["role_arn"],
        "clientToken": run.name,
        "name": run.name,
        "executionTimeoutMinutes": section["max_runtime_minutes"],
        "jobDriver": {"sparkSubmit": {**submit, **({"sparkSubmitParameters": configuration} if configuration else {})}},
        "tags": {tag["Key"]: tag["Value"] for tag in tags(definition, environment)},
    }


def _script(section: Mapping[str, Any], run: Run) -> str:
    return f"{run.source_uri}/{section['entry_point']}"


def _configuration(section: Mapping[str, Any]) -> list[str]:
    return [part for key, value in sorted(section["configuration"].items()) for part in ("--conf", f"{key}={value}")]


def _arguments(section: Mapping[str, Any], environment: Environment) -> list[str]:
    """The script's arguments, with the environment's buckets in place of `{data}` and `{models}`."""
    buckets = {DATA: f"s3://{environment.data_bucket}", "{models}": f"s3://{environment.model_bucket}"}
    arguments = []
    for argument in section["arguments"]:
        for name, bucket in buckets.items():
            argument = argument.replace(name, bucket)
        arguments.append(argument)
    return arguments
