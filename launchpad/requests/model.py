"""`CreateModel`. The name comes from the content, so an update makes the new model before the old one goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests.context import Definition, Environment, Request, RequestError, tags, vpc_config
from launchpad.requests.names import content_name


def serving_section(definition: Definition) -> Mapping[str, Any]:
    """The workload's `serving` section.

    Raises:
        RequestError: it has none.
    """
    section: Mapping[str, Any] | None = definition.get("serving")
    if not section:
        raise RequestError(f"workload {definition['name']!r} has no `serving` section")
    return section


def model_request(
    definition: Definition, environment: Environment, model_data_url: str, role_arn: str | None = None
) -> Request:
    """The keyword arguments of `create_model` for an artefact that holds the model and, in script mode, `code/`.

    `role_arn` takes the place of the serving role, as for a transform job, which reads and writes data.
    """
    section = serving_section(definition)
    container = {
        "Image": section["image"],
        "ModelDataUrl": model_data_url,
        "Environment": {**section["environment"], **_script(section, environment)},
    }
    content: Request = {
        "PrimaryContainer": container,
        "ExecutionRoleArn": role_arn or environment.serving_role_arn,
        "EnableNetworkIsolation": section["network_isolation"],
        **vpc_config(environment),
    }
    name = content_name(environment.name, definition["name"], content)
    return {"ModelName": name, **content, "Tags": tags(definition, environment)}


def _script(section: Mapping[str, Any], environment: Environment) -> dict[str, str]:
    if section["entry_point"] is None:
        return {}
    return {
        "SAGEMAKER_PROGRAM": section["entry_point"],
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_REGION": environment.region,
    }
