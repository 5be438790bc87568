"""What a request is made from, besides the workload."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Definition = Mapping[str, Any]
"""A workload as the catalogue renders it."""
Request = dict[str, Any]
"""Keyword arguments of one boto3 call."""


CONTAINER_REFERENCE = "container:"
"""Begins a section's image where the catalogue could not know the URI: `container:NAME`."""


class RequestError(ValueError):
    """A launch that can't be; its text tells the caller what to write instead."""


@dataclass(frozen=True)
class Environment:
    """Where work is launched: the deployed platform's own resources."""

    name: str
    region: str
    data_bucket: str
    model_bucket: str
    kms_key_arn: str
    training_role_arn: str
    serving_role_arn: str
    processing_role_arn: str = ""
    """Of processing and transform jobs, and of the models that transform jobs use."""
    spark: Mapping[str, str] = field(default_factory=dict)
    """`{"cluster_id": ..., "role_arn": ...}`, or `{"application_id": ..., "role_arn": ...}` on EMR Serverless.

    `cluster_parameter` in place of `cluster_id` names the Systems Manager parameter that holds it: a cluster that ended
    itself is followed by one with another id. The role is that of the step.
    """
    tracking_uri: str = ""
    """The ARN of the MLflow tracking server, where there is one."""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    """The images of this environment's own registry: folder under `containers/`, to URI."""
    instance_limits: Mapping[str, int] = field(default_factory=dict)
    """The most instances of a type that one job may have, where the config says so."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Environment:
        """Read what the jobs stack put into its functions' `LAUNCHPAD_ENVIRONMENT`.

        Lists may come as comma-separated text, which is what a list that is known only at deploy time becomes.
        """
        values = json.loads(text)
        for key in ("subnet_ids", "security_group_ids"):
            given = values.get(key) or ()
            values[key] = tuple(given.split(",") if isinstance(given, str) else given)
        return cls(**values)


@dataclass(frozen=True)
class Run:
    """One launch of a workload."""

    name: str
    """Of the job: `launchpad.requests.names.job_name`."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Dotted keys below the job's section, such as `hyperparameters.test-size`, to values."""
    source_uri: str | None = None
    """Where the workload's packaged scripts lie in S3: an archive, or a folder for a processing job."""
    model_uri: str | None = None
    """The artefact of an earlier model: where incremental training begins, or what is evaluated."""
    model_job: str | None = None
    """The training job that made it."""


def tags(definition: Definition, environment: Environment) -> list[dict[str, str]]:
    """The tags of everything that is launched, in AWS's form."""
    own = {"launchpad:environment": environment.name, "launchpad:workload": definition["name"]}
    return [{"Key": key, "Value": value} for key, value in sorted({**environment.tags, **own}.items())]


def image_uri(section: Mapping[str, Any], environment: Environment) -> str:
    """The URI of a section's image, which for a container of the repository is known only where it is deployed.

    Raises:
        RequestError: the container isn't.
    """
    image: str = section["image"]
    name = image.removeprefix(CONTAINER_REFERENCE)
    if name == image:
        return image
    if name not in environment.containers:
        deployed = ", ".join(sorted(environment.containers)) or "none"
        raise RequestError(f"no image of container {name!r} in {environment.name!r} (there: {deployed}); deploy first")
    return environment.containers[name]


def vpc_config(environment: Environment) -> Request:
    """`{"VpcConfig": ...}` where the environment has subnets, else nothing."""
    if not environment.subnet_ids:
        return {}
    return {
        "VpcConfig": {
            "Subnets": list(environment.subnet_ids),
            "SecurityGroupIds": list(environment.security_group_ids),
        }
    }
