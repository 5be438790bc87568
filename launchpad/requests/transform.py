"""`CreateTransformJob`: predictions for a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.channels import location
from launchpad.requests.context import Definition, Environment, Request, RequestError, Run, tags
from launchpad.requests.overrides import apply_overrides
from launchpad.requests.resources import transform_cluster


def transform_request(definition: Definition, environment: Environment, run: Run, model_name: str) -> Request:
    """The keyword arguments of `create_transform_job` with an existing model.

    Raises:
        RequestError: the workload has no `transform` section, or an override can't be applied.
    """
    if not definition.get("transform"):
        raise RequestError(f"workload {definition['name']!r} has no `transform` section")
    section = apply_overrides(definition["transform"], run.overrides, "transform")
    members = {
        "BatchStrategy": section["strategy"],
        "MaxConcurrentTransforms": section["max_concurrent"],
        "MaxPayloadInMB": section["max_payload_mb"],
        "Environment": section["environment"] or None,
        "DataProcessing": _filters(section["filters"]),
        "ModelClientConfig": _client(section),
    }
    return {
        "TransformJobName": run.name,
        "ModelName": model_name,
        "TransformInput": _input(section["input"], environment),
        "TransformOutput": _output(section, definition, environment, run),
        "TransformResources": transform_cluster(section["instance"], environment),
        "Tags": tags(definition, environment),
        **{key: value for key, value in members.items() if value is not None},
    }


def _input(settings: Mapping[str, Any], environment: Environment) -> Request:
    source = {"S3DataType": "S3Prefix", "S3Uri": location(settings, environment)}
    return {
        "DataSource": {"S3DataSource": source},
        "ContentType": settings["content_type"],
        "SplitType": settings["split"] or "None",
        "CompressionType": settings["compression"] or "None",
    }


def _output(section: Mapping[str, Any], definition: Definition, environment: Environment, run: Run) -> Request:
    return {
        "S3OutputPath": f"s3://{environment.data_bucket}/{definition['name']}/transform/{run.name}",
        "AssembleWith": section["assemble"] or "None",
        "KmsKeyId": environment.kms_key_arn,
        **({"Accept": section["accept"]} if section["accept"] else {}),
    }


def _filters(settings: Mapping[str, Any] | None) -> Request | None:
    if not settings:
        return None
    filters = {"InputFilter": settings["input"], "OutputFilter": settings["output"]}
    join = {"JoinSource": "Input" if settings["join_input"] else "None"}
    return {**{key: value for key, value in filters.items() if value is not None}, **join}


def _client(section: Mapping[str, Any]) -> Request | None:
    client = {
        "InvocationsTimeoutInSeconds": section["timeout_seconds"],
        "InvocationsMaxRetries": section["retries"],
    }
    return {key: value for key, value in client.items() if value is not None} or None
