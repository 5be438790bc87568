"""`CreateModel`. The name is derived from the content, so an update creates the new model before it deletes the old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, image_uri, tags, vpc_config
from launchpad.requests.names import content_name


def serving_section(definition: Definition) -> Mapping[str, Any]:
    """The workload's `serving` section.

    Raises:
        RequestError: the workload has none.
    """
    section: Mapping[str, Any] | None = definition.get("serving")
    if not section:
        raise RequestError(f"workload {definition['name']!r} has no `serving` section")
    return section


def model_request(definition: Definition, environment: Environment, model: str, role_arn: str | None = None) -> Request:
    """The keyword arguments of `create_model`.

    `model` is the URI of an artifact with the model and, in script mode, `code/`; or the ARN of a model package
    version, which also has the image and environment. `role_arn` replaces the serving role, for example for a
    transform job, which reads and writes data.
    """
    section = serving_section(definition)
    content: Request = {
        "PrimaryContainer": _container(section, environment, model),
        "ExecutionRoleArn": role_arn or environment.serving_role_arn,
        "EnableNetworkIsolation": section["network_isolation"],
        **vpc_config(environment),
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
