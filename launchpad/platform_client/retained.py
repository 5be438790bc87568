"""What deleted stacks leave in the account: the resources that CloudFormation skipped when it deleted them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.stack_events import last_events
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


def retained_resources(cloudformation: Any, stack_id: str) -> Iterator[Retained]:
    """What the deletion of a stack, or the rollback of its creation, skipped."""
    for event in last_events(cloudformation, stack_id):
        if event["ResourceStatus"] == "DELETE_SKIPPED" and event.get("PhysicalResourceId"):
            yield Retained(
                event["ResourceType"], event["LogicalResourceId"], event["PhysicalResourceId"], event["StackName"]
            )


def retention(connection: Connection, stacks: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether deployed stacks retain data when they are deleted; None if no template says."""
    templates = [template_of(connection.client("cloudformation"), stack) for stack in stacks]
    resources = [resource for template in templates for resource in template.get("Resources", {}).values()]
    policies = {resource.get("DeletionPolicy") for resource in resources}
    if policies & set(KEEPING):
        return True
    return False if "Delete" in policies else None
