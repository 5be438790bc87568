"""Multi-model endpoints: one endpoint with the models of several workloads, each loaded when it is asked for."""

from __future__ import annotations

from launchpad.requests.context import Definition, Environment
from launchpad.requests.names import digest, endpoint_name

FOLDER = "_shared"
"""The folder in the model bucket. No workload can have this name, because it begins with an underscore."""


def shared_folder(environment: Environment, name: str) -> str:
    """The URI of the folder with the archives of a shared endpoint: `ModelDataUrl` of its model."""
    return f"s3://{environment.model_bucket}/{FOLDER}/{name}/"


def target_model(definition: Definition, model_data: str) -> str:
    """`TargetModel` of a request, which is also the archive's key below the folder.

    It names the model's content, because a container keeps what it has loaded: a new model needs a new name.
    """
    return f"{definition['name']}/{digest(model_data)}.tar.gz"


def as_served(definition: Definition) -> Definition:
    """The workload under the name of what serves it: the shared endpoint's where it has one."""
    return {**definition, "name": definition["serving"].get("shared_endpoint") or definition["name"]}


def served_name(definition: Definition, environment: Environment) -> str:
    """The name of the endpoint that serves a workload: the workload's own, or the shared one's."""
    return endpoint_name(environment.name, as_served(definition)["name"])
