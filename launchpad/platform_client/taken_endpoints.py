"""Endpoints that a config pins, and that exist already outside of their stacks: `launchpad serve` made them.

CloudFormation can't create an endpoint whose name is taken, and its import takes a stack that has the endpoint's
configuration and model already. So the endpoint has to be deleted first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import resources, stack_name
from launchpad.requests.names import endpoint_name

ENDPOINT = "AWS::SageMaker::Endpoint"


def refuse_taken_endpoints(connection: Connection, only: str | None = None) -> None:
    """Refuse, before any stack changes, a deploy that would fail at an endpoint's name.

    `only` is the only part that is deployed. Nothing is refused where the caller may not look.

    Raises:
        LaunchpadError: names each endpoint that is in the way, and the commands that make room.
    """
    try:
        names = list(_taken(connection, only))
    except ClientError as error:
        if "AccessDenied" in error.response["Error"]["Code"]:
            return
        raise
    if names:
        stops = " and ".join(f"`launchpad stop {name} --env {connection.name}`" for name in names)
        raise LaunchpadError(
            f"the config pins {', '.join(names)}, which exists and was not created by its stack: CloudFormation can't"
            f" create it again. Delete it with {stops}, then deploy; in between its callers get errors, so choose"
            " the time"
        )


def _taken(connection: Connection, only: str | None) -> Iterator[str]:
    sagemaker = connection.client("sagemaker")
    for pinned in connection.settings.endpoints:
        part, name = f"endpoint-{pinned.workload}", endpoint_name(connection.name, pinned.workload)
        if only in (None, part) and _exists(sagemaker, name) and not _in_stack(connection, part, name):
            yield name


def _exists(sagemaker: Any, name: str) -> bool:
    try:
        sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if "Could not find" not in str(error):
            raise
        return False
    return True


def _in_stack(connection: Connection, part: str, name: str) -> bool:
    """Whether the stack has the endpoint; Ref of an endpoint is its ARN."""
    try:
        summaries = list(resources(connection, stack_name(connection.name, part)))
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    return any(
        summary["ResourceType"] == ENDPOINT and str(summary.get("PhysicalResourceId", "")).rpartition("/")[2] == name
        for summary in summaries
    )
