"""`CreateModel`. The name is derived from the content, so an update creates the new model before it deletes the old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, image_uri, tags, vpc_config
from launchpad.requests.names import content_name
from launchpad.requests.shared_endpoints import as_served, shared_folder

Preprocessor = tuple[Definition, str]
"""A workload whose model works on a request before another one's, and its artifact or model package."""


def serving_section(definition: Definition) -> Mapping[str, Any]:
    """The workload's `serving` section.

    Raises:
        RequestError: the workload has none.
    """
    section: Mapping[str, Any] | None = definition.get("serving")
    if not section:
        raise RequestError(f"workload {definition['name']!r} has no `serving` section")
    return section


def model_request(
    definition: Definition,
    environment: Environment,
    model: str,
    role_arn: str | None = None,
    preprocessors: Sequence[Preprocessor] = (),
) -> Request:
    """The keyword arguments of `create_model`.

    `model` is the URI of an artifact with the model and, in script mode, `code/`; or the ARN of a model package
    version, which also has the image and environment. `role_arn` replaces the serving role, for example for a
    transform job, which reads and writes data. With `preprocessors` it is a serial inference pipeline.
    """
    section = serving_section(definition)
    container = _container(section, environment, model)
    if not preprocessors:
        return _request(definition, environment, {"PrimaryContainer": container}, role_arn)
    before = [
        {"ContainerHostname": other["name"], **_container(serving_section(other), environment, artifact)}
        for other, artifact in preprocessors
    ]
    last = {"ContainerHostname": definition["name"], **container}
    pipeline = {"Containers": [*before, last], "InferenceExecutionConfig": {"Mode": "Serial"}}
    return _request(definition, environment, pipeline, role_arn)


def shared_model_request(definition: Definition, environment: Environment, folder: str = "") -> Request:
    """The keyword arguments of `create_model` for the shared endpoint of a workload (a multi-model container).

    Every archive below `folder` (default: the environment's own) is a model, so the request is the same for all
    workloads of the endpoint.
    """
    section = serving_section(definition)
    folder = folder or shared_folder(environment, section["shared_endpoint"])
    container = {**_container(section, environment, folder), "Mode": "MultiModel"}
    return _request(as_served(definition), environment, {"PrimaryContainer": container}, None)


def _request(definition: Definition, environment: Environment, containers: Request, role_arn: str | None) -> Request:
    # A serverless endpoint takes no model with a VPC; another role is a transform job's, which has instances.
    serverless = definition["serving"].get("mode") == "serverless" and role_arn is None
    content: Request = {
        **containers,
        "ExecutionRoleArn": role_arn or environment.serving_role_arn,
        "EnableNetworkIsolation": definition["serving"]["network_isolation"],
        **({} if serverless else vpc_config(environment)),
    }
    name = content_name(environment.name, definition["name"], content)
    return {"ModelName": name, **content, "Tags": tags(definition, environment)}


def _container(section: Mapping[str, Any], environment: Environment, model: str) -> Request:
    if model.startswith("arn:"):
        return {"ModelPackageName": model}
    return {
        "Image": image_uri(section, environment),
        "ModelDataUrl": model,
        "Environment": {**section["environment"], **_script(section, environment)},
    }


def _script(section: Mapping[str, Any], environment: Environment) -> dict[str, str]:
    if section["entry_point"] is None:
        return {}
    return {
        "SAGEMAKER_PROGRAM": section["entry_point"],
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_REGION": environment.region,
    }
