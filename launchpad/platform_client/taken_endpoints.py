"""Endpoints that a config pins, and that exist already outside of their stacks: `launchpad serve` made them.

CloudFormation can't create an endpoint whose name is taken. It imports one by its ARN into a new stack that has nothing
else, with the configuration that it has; the deploy's update then gives it the pinned model, without a gap. That the
type can be imported follows from its schema (a read handler and a primary identifier), and has not been run on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.endpoints import SERVING
from launchpad.platform_client.platform import resources, stack_name
from launchpad.platform_client.served_model import endpoint_of

ENDPOINT = "AWS::SageMaker::Endpoint"
IDENTIFIER = "EndpointArn"
"""What identifies one in an import: the primary identifier of the type's schema."""


@dataclass(frozen=True)
class TakenEndpoint:
    """An endpoint that its stack is to take over."""

    name: str
    arn: str
    config: str
    """The configuration that it has."""
    part: str
    """The part of the platform that pins it, such as `endpoint-boston-housing`."""

    def importing(self, template: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
        """The stack's template with the endpoint alone, as it is, and the identifiers of the import."""
        (logical_id,) = (key for key, each in template["Resources"].items() if each["Type"] == ENDPOINT)
        endpoint = {
            "Type": ENDPOINT,
            "Properties": {"EndpointName": self.name, "EndpointConfigName": self.config},
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        }
        rest = {key: part for key, part in template.items() if key in ("Parameters", "Rules")}
        return {**rest, "Resources": {logical_id: endpoint}}, {logical_id: {IDENTIFIER: self.arn}}


def taken_endpoints(connection: Connection, only: str | None = None) -> list[TakenEndpoint]:
    """The pinned endpoints that exist outside of their stacks; `only` is the only part that is deployed.

    None where the caller may not look: then CloudFormation says what is in the way.

    Raises:
        LaunchpadError: one of them is not in service, so it can't be taken over.
    """
    try:
        described = list(_taken(connection, only))
    except ClientError as error:
        if "AccessDenied" in error.response["Error"]["Code"]:
            return []
        raise
    for _, endpoint in described:
        if (status := endpoint["EndpointStatus"]) != SERVING:
            name = endpoint["EndpointName"]
            raise LaunchpadError(
                f"the config pins {name}, which exists, was not created by its stack, and is {status}: a deploy takes"
                f" it over once it is {SERVING}; or delete it with `launchpad stop {name} --env {connection.name}`"
            )
    return [
        TakenEndpoint(each["EndpointName"], each["EndpointArn"], each["EndpointConfigName"], part)
        for part, each in described
    ]


def _taken(connection: Connection, only: str | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The part and the description (DescribeEndpoint) of each."""
    sagemaker = connection.client("sagemaker")
    for pinned in connection.settings.endpoints:
        part, name = f"endpoint-{pinned.workload}", endpoint_of(connection.name, pinned.workload)
        if only in (None, part) and (endpoint := _described(sagemaker, name)) and not _in_stack(connection, part, name):
            yield part, endpoint


def _described(sagemaker: Any, name: str) -> Mapping[str, Any] | None:
    try:
        description: Mapping[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None
    return description


def _in_stack(connection: Connection, part: str, name: str) -> bool:
    """Whether the stack has the endpoint; Ref of an endpoint is its ARN.

    Raises:
        LaunchpadError: the stack has other resources and not this one, so CloudFormation can't take it over.
    """
    try:
        summaries = list(resources(connection, stack_name(connection.name, part)))
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    endpoints = [each for each in summaries if each["ResourceType"] == ENDPOINT]
    if any(str(each.get("PhysicalResourceId", "")).rpartition("/")[2] == name for each in endpoints):
        return True
    if summaries:
        raise LaunchpadError(
            f"the config pins {name}, which exists and was not created by its stack"
            f" {stack_name(connection.name, part)}: CloudFormation can't create it again. Delete it with"
            f" `launchpad stop {name} --env {connection.name}`, then deploy; in between its callers get errors, so"
            " choose the time"
        )
    return False
