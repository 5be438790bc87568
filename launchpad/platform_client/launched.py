"""Removes what the platform's functions created, before the stacks go: CloudFormation doesn't know these resources.

Only resources with the environment's tag are touched, because other people's resources may have similar names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoint_removal import remove_endpoint
from launchpad.platform_client.logs import ENDPOINT_GROUP, JOB_GROUPS
from launchpad.platform_client.ownership import is_gone, is_ours, unless_gone

LONGEST_DELETION_SECONDS = 600.0


@dataclass(frozen=True)
class Kind:
    """One kind of SageMaker resource, and how to list, name and delete it."""

    noun: str
    paginator: str
    items: str
    name: str
    arn: str
    delete: str


KINDS = (
    Kind("endpoint", "list_endpoints", "Endpoints", "EndpointName", "EndpointArn", "delete_endpoint"),
    Kind(
        "endpoint configuration",
        "list_endpoint_configs",
        "EndpointConfigs",
        "EndpointConfigName",
        "EndpointConfigArn",
        "delete_endpoint_config",
    ),
    Kind("model", "list_models", "Models", "ModelName", "ModelArn", "delete_model"),
)
"""The kinds in the order of deletion: each uses the next one."""
GROUPS = Kind(
    "model package group",
    "list_model_package_groups",
    "ModelPackageGroupSummaryList",
    "ModelPackageGroupName",
    "ModelPackageGroupArn",
    "delete_model_package_group",
)
"""The registry: a group per workload, with a version per registered model."""


def delete_launched(connection: Connection, show: Callable[[str], object]) -> Iterator[tuple[str, str]]:
    """Delete the environment's endpoints, endpoint configurations and models; yield the kind and name of each.

    `show` gets the status of an endpoint that is being changed, and is deleted afterwards.

    Raises:
        LaunchpadError: an endpoint is being changed for too long, or isn't deleted in time.
    """
    sagemaker = connection.client("sagemaker")
    for kind in KINDS:
        names = list(_tagged(connection, sagemaker, kind))
        for name in names:
            if kind.noun == "endpoint":
                remove_endpoint(connection, name, show)
            else:
                unless_gone(getattr(sagemaker, kind.delete), **{kind.name: name})
            yield kind.noun, name
        if kind.noun == "endpoint":
            _until_gone(connection, sagemaker, names)


def registry(connection: Connection) -> list[str]:
    """The names of the environment's model package groups."""
    return list(_tagged(connection, connection.client("sagemaker"), GROUPS))


def delete_registry(connection: Connection) -> Iterator[tuple[str, str]]:
    """Delete the environment's model packages, then their groups; yield the kind and name of each group."""
    sagemaker = connection.client("sagemaker")
    for group in registry(connection):
        pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        versions = [item["ModelPackageArn"] for page in pages for item in page["ModelPackageSummaryList"]]
        for version in versions:
            unless_gone(sagemaker.delete_model_package, ModelPackageName=version)
        unless_gone(sagemaker.delete_model_package_group, ModelPackageGroupName=group)
        yield GROUPS.noun, group


def delete_logs(connection: Connection) -> Iterator[str]:
    """Delete the CloudWatch logs of the environment's jobs and endpoints; yield the names of what was deleted."""
    logs = connection.client("logs")
    prefix = f"{connection.name}-"
    for group in list(_groups(logs, f"{ENDPOINT_GROUP}/{prefix}")):
        unless_gone(logs.delete_log_group, logGroupName=group)
        yield group
    for group in JOB_GROUPS:
        for stream in list(_streams(logs, group, prefix)):
            unless_gone(logs.delete_log_stream, logGroupName=group, logStreamName=stream)
            yield f"{group} {stream}"


def _tagged(connection: Connection, sagemaker: Any, kind: Kind) -> Iterator[str]:
    for page in sagemaker.get_paginator(kind.paginator).paginate(NameContains=f"{connection.name}-"):
        for item in page[kind.items]:
            if is_ours(connection, sagemaker, item[kind.arn]):
                yield item[kind.name]


def _until_gone(connection: Connection, sagemaker: Any, endpoints: Sequence[str]) -> None:
    deadline = time.monotonic() + LONGEST_DELETION_SECONDS
    for name in endpoints:
        while unless_gone(sagemaker.describe_endpoint, EndpointName=name):
            if time.monotonic() > deadline:
                raise LaunchpadError(f"endpoint {name} is not deleted; look at it, then try again")
            time.sleep(connection.poll_seconds)


def _groups(logs: Any, prefix: str) -> Iterator[str]:
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        yield from (group["logGroupName"] for group in page["logGroups"])


def _streams(logs: Any, group: str, prefix: str) -> Iterator[str]:
    try:
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=prefix)
        for page in pages:
            yield from (stream["logStreamName"] for stream in page["logStreams"])
    except ClientError as error:
        if not is_gone(error):
            raise
