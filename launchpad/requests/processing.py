"""`CreateProcessingJob`: a custom container, or a script in a framework image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.channels import location
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
from launchpad.requests.overrides import apply_overrides
from launchpad.requests.resources import processing_cluster

FOLDER = "/opt/ml/processing"
METRICS_OUTPUT = "metrics"
"""The output with the numbers of an evaluation for the quality gate."""
CODE_INPUT = "code"
"""The input with the scripts, already unpacked because a processing job has no toolkit that unpacks them."""


def processing_request(definition: Definition, environment: Environment, run: Run, section_name: str) -> Request:
    """The keyword arguments of `create_processing_job` for the section `prepare` or `evaluate`.

    Raises:
        RequestError: the workload has no such section, or an override can't be applied.
    """
    if not definition.get(section_name):
        raise RequestError(f"workload {definition['name']!r} has no `{section_name}` section")
    section = apply_overrides(definition[section_name], run.overrides, section_name)
    inputs = _inputs(section, environment, run)
    outputs = [_output(name, output, environment) for name, output in sorted(section["outputs"].items())]
    if section_name == "evaluate" and run.model_job:
        outputs.append(_s3_output(METRICS_OUTPUT, evaluation_uri(definition, environment, run.model_job), "EndOfJob"))
    return {
        "ProcessingJobName": run.name,
        "RoleArn": environment.processing_role_arn,
        "AppSpecification": _application(section, environment),
        "ProcessingResources": processing_cluster(section["instance"], environment),
        "StoppingCondition": {"MaxRuntimeInSeconds": section["max_runtime_minutes"] * 60},
        "NetworkConfig": {
            "EnableNetworkIsolation": section["network_isolation"],
            "EnableInterContainerTrafficEncryption": section["encrypt_traffic"],
            **vpc_config(environment),
        },
        "Tags": tags(definition, environment),
        **({"ProcessingInputs": inputs} if inputs else {}),
        **({"ProcessingOutputConfig": {"Outputs": outputs, "KmsKeyId": environment.kms_key_arn}} if outputs else {}),
        **({"Environment": section["environment"]} if section["environment"] else {}),
    }


def evaluation_uri(definition: Definition, environment: Environment, training_job: str) -> str:
    """The folder next to a job's model where its evaluation writes `metrics.json`."""
    return f"s3://{environment.model_bucket}/{definition['name']}/evaluations/{training_job}"


def _application(section: Mapping[str, Any], environment: Environment) -> Request:
    application: Request = {"ImageUri": image_uri(section, environment)}
    if section["entry_point"] is not None:
        application["ContainerEntrypoint"] = ["python3", f"{FOLDER}/input/{CODE_INPUT}/{section['entry_point']}"]
    if section["arguments"]:
        application["ContainerArguments"] = list(section["arguments"])
    return application


def _inputs(section: Mapping[str, Any], environment: Environment, run: Run) -> list[Request]:
    inputs = [_input(name, settings, environment, run) for name, settings in sorted(section["inputs"].items())]
    if section["entry_point"] is not None:
        if run.source_uri is None:
            raise RequestError("a script needs `source_uri`: the folder in S3 with its scripts")
        inputs.append(_s3_input(CODE_INPUT, run.source_uri, sharded=False))
    return inputs


def _input(name: str, settings: Mapping[str, Any], environment: Environment, run: Run) -> Request:
    if not settings["model"]:
        return _s3_input(name, location(settings, environment), sharded=settings["sharded"])
    if run.model_uri is None:
        raise RequestError(f"inputs.{name}: there is no model yet; run it after training, or in a pipeline")
    return _s3_input(name, run.model_uri, sharded=False)


def _s3_input(name: str, uri: str, *, sharded: bool) -> Request:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{FOLDER}/input/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "ShardedByS3Key" if sharded else "FullyReplicated",
        },
    }


def _output(name: str, output: Mapping[str, Any], environment: Environment) -> Request:
    mode = "Continuous" if output["continuous"] else "EndOfJob"
    return _s3_output(name, f"s3://{environment.data_bucket}/{output['prefix']}", mode)


def _s3_output(name: str, uri: str, mode: str) -> Request:
    destination = {"S3Uri": uri, "LocalPath": f"{FOLDER}/output/{name}", "S3UploadMode": mode}
    return {"OutputName": name, "S3Output": destination}
