"""What the last operation on a stack did, by its events. CloudFormation keeps a deleted stack's for 90 days.

Source: API reference, DescribeStackEvents. A deleted stack has them under its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

_BEGINNINGS = ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


def last_events(cloudformation: Any, stack_id: str) -> Iterator[Mapping[str, Any]]:
    """The events since the last creation or deletion of a stack began, the newest first."""
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            yield event
            if event.get("PhysicalResourceId") == stack_id and event["ResourceStatus"] in _BEGINNINGS:
                return


def deletion_failures(cloudformation: Any, stack_id: str) -> list[str]:
    """Why the last deletion failed: the resources that CloudFormation could not delete, or else the stack's reason."""
    events = [event for event in last_events(cloudformation, stack_id) if event["ResourceStatus"] == "DELETE_FAILED"]
    of_resources = [event for event in events if event.get("PhysicalResourceId") != stack_id]
    return [
        f"{event['ResourceType']} {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason')}"
        for event in of_resources or events
    ]


def failed_removals(cloudformation: Any, stack_id: str, removed: Collection[str]) -> list[str]:
    """Which of the resources that left a stack's template could not be deleted, and why.

    CloudFormation deletes what is no longer needed when everything else is done, and the update succeeds all the same.
    """
    failures, unseen = [], set(removed)
    for event in last_events(cloudformation, stack_id):
        if not unseen:
            break
        if event["LogicalResourceId"] in unseen:
            unseen.remove(event["LogicalResourceId"])
            if event["ResourceStatus"] == "DELETE_FAILED":
                reason = event.get("ResourceStatusReason", "no reason")
                failures.append(f"{event['ResourceType']} {event['PhysicalResourceId']}: {reason}")
    return failures
