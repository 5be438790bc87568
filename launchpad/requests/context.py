"""The inputs of a request in addition to the workload."""

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
"""The prefix of a section's image whose URI the catalogue can't know: `container:NAME`."""


class RequestError(ValueError):
    """An invalid launch; the message says what to write instead."""


@dataclass(frozen=True)
class Environment:
    """The resources of the deployed platform, where work is launched."""

    name: str
    region: str
    data_bucket: str
    model_bucket: str
    kms_key_arn: str
    training_role_arn: str
    serving_role_arn: str
    processing_role_arn: str = ""
    """The role of processing and transform jobs, and of the models that transform jobs use."""
    spark: Mapping[str, str] = field(default_factory=dict)
    """`{"cluster_id": ..., "role_arn": ...}`, or `{"application_id": ..., "role_arn": ...}` on EMR Serverless.

    `cluster_parameter` instead of `cluster_id` names the Systems Manager parameter that has the id, because a cluster
    that terminates when idle is replaced by one with another id. The role is that of the step.
    """
    tracking_uri: str = ""
    """The ARN of the MLflow App or tracking server; empty without one."""
    jobs_reach_tracking: bool = False
    """Whether a job that is not isolated reaches it: through its endpoint, or a way to the internet."""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    """The images in this environment's registry: URIs by folder under `containers/`."""
    instance_limits: Mapping[str, int] = field(default_factory=dict)
    """The most instances of a type that one job may have, if the config limits it."""
    allow_serverless: bool = False
    """Whether endpoints may be serverless, which are outside the network."""
    alert_topic_arn: str = ""
    """The topic of alarms, and of asynchronous endpoints that notify; empty where it isn't needed."""
    alert_topic_parameter: str = ""
    """The Systems Manager parameter that has the topic's ARN, for functions, which are deployed before the topic."""
    alarms: Mapping[str, int] = field(default_factory=dict)
    """The thresholds of endpoints' alarms, where the config has others than `launchpad.requests.endpoint_alarms`."""
    runbooks: str = ""
    """The address of the runbooks, if it isn't the repository's own page."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Environment:
        """Parse the functions' variable `LAUNCHPAD_ENVIRONMENT`, which the jobs stack sets.

        A list that is known only at deploy time arrives as comma-separated text.
        """
        values = json.loads(text)
        for key in ("subnet_ids", "security_group_ids"):
            value = values.get(key) or ()
            values[key] = tuple(value.split(",") if isinstance(value, str) else value)
        return cls(**values)


@dataclass(frozen=True)
class Run:
    """One launch of a workload."""

    name: str
    """The job's name: `launchpad.requests.names.job_name`."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Values by dotted keys below the job's section, such as `hyperparameters.test-size`."""
    source_uri: str | None = None
    """The workload's packaged scripts in S3: an archive, or a folder for a processing job."""
    model_uri: str | None = None
    """The artifact of an earlier model: the start of incremental training, or the model to evaluate."""
    model_job: str | None = None
    """The training job that produced the earlier model."""


def tags(definition: Definition, environment: Environment) -> list[dict[str, str]]:
    """The tags of everything that is launched, in AWS's format."""
    own = {"launchpad:environment": environment.name, "launchpad:workload": definition["name"]}
    return [{"Key": key, "Value": value} for key, value in sorted({**environment.tags, **own}.items())]


def image_uri(section: Mapping[str, Any], environment: Environment) -> str:
    """The URI of a section's image; a container of this repository has one only in environments where it is deployed.

    Raises:
        RequestError: the container is not deployed here.
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
    """`{"VpcConfig": ...}` if the environment has subnets, else empty."""
    if not environment.subnet_ids:
        return {}
    return {
        "VpcConfig": {
            "Subnets": list(environment.subnet_ids),
            "SecurityGroupIds": list(environment.security_group_ids),
        }
    }
