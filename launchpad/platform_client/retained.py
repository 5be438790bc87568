"""What deleted stacks leave in the account: the resources that CloudFormation skipped when it deleted them.

CloudFormation keeps a deleted stack's events for 90 days, under the stack's id (API reference, DescribeStackEvents).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.stack_order import template_of

KEEPING = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True)
class Retained:
    """One resource that is no longer managed."""

    kind: str
    """Its type, such as `AWS::S3::Bucket`."""
    logical_id: str
    name: str
    """Its physical id."""
    stack: str


def deletion_events(connection: Connection, stack_id: str) -> list[Mapping[str, Any]]:
    """The events of a stack's last deletion, the newest first (DescribeStackEvents)."""
    pages = connection.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_id)
    events = []
    for page in pages:
        for event in page["StackEvents"]:
            events.append(event)
            if event["ResourceStatus"] == "DELETE_IN_PROGRESS" and event.get("PhysicalResourceId") == stack_id:
                return events
    return events


def retained_resources(connection: Connection, stack_id: str) -> Iterator[Retained]:
    """What the deletion of a stack skipped."""
    for event in deletion_events(connection, stack_id):
        if event["ResourceStatus"] == "DELETE_SKIPPED":
            yield Retained(
                event["ResourceType"], event["LogicalResourceId"], event["PhysicalResourceId"], event["StackName"]
            )


def retention(connection: Connection, stacks: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether deployed stacks retain data when they are deleted; None if no template says."""
    templates = [template_of(connection, stack) for stack in stacks]
    resources = [resource for template in templates for resource in template.get("Resources", {}).values()]
    policies = {resource.get("DeletionPolicy") for resource in resources}
    if policies & set(KEEPING):
        return True
    return False if "Delete" in policies else None
