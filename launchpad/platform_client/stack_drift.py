"""What was changed in the account and not by a deploy: CloudFormation's drift detection of an environment's stacks.

CloudFormation reads the resources with the caller's permissions, and compares only properties that the template sets
(API reference of DetectStackDrift). Types that it can't compare are named, and never count as unchanged.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.stack_order import environment_stacks

DRIFTED = ("MODIFIED", "DELETED")
"""A resource's drift status, of those that mean that it is not as the template says."""
DETECTABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
"""The statuses of a stack in which its drift can be detected (user guide, "Detect drift on an entire stack")."""
DETECTION_SECONDS = 900
"""How long one stack may take ("up to several minutes", API reference)."""


@dataclass(frozen=True)
class PropertyDifference:
    """One property: where it is in the resource, what the template has, and what the account has."""

    path: str
    expected: str
    actual: str
    kind: str
    """`ADD`, `REMOVE` or `NOT_EQUAL`."""


@dataclass(frozen=True)
class ResourceDrift:
    """One resource that was changed or deleted."""

    logical_id: str
    physical_id: str
    resource_type: str
    status: str
    differences: tuple[PropertyDifference, ...] = ()


@dataclass(frozen=True)
class StackDrift:
    """One stack: `status` is `IN_SYNC`, `DRIFTED`, or `NOT_CHECKED` where the detection is impossible or failed."""

    name: str
    status: str
    reason: str = ""
    """Why it was not checked, or not wholly."""
    resources: tuple[ResourceDrift, ...] = ()
    checked: int = 0
    unchecked: Mapping[str, int] = field(default_factory=dict)
    """How many resources were not compared, by type."""


def stack_drifts(connection: Connection) -> Iterator[StackDrift]:
    """Detect the drift of each stack of the environment, the oldest first."""
    cloudformation = connection.client("cloudformation")
    for stack in environment_stacks(connection):
        yield _drift_of(cloudformation, stack, connection.poll_seconds)


def _drift_of(cloudformation: Any, stack: Mapping[str, Any], poll_seconds: float) -> StackDrift:
    name = stack["StackName"]
    if stack["StackStatus"] not in DETECTABLE:
        return StackDrift(name, "NOT_CHECKED", f"the stack is in {stack['StackStatus']}")
    try:
        detection = cloudformation.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
    except ClientError as error:
        return StackDrift(name, "NOT_CHECKED", error.response["Error"]["Message"])
    outcome = _finished(cloudformation, detection, poll_seconds)
    resources, unchecked = _resources(cloudformation, name)
    drifted = tuple(_resource(each) for each in resources if each["StackResourceDriftStatus"] in DRIFTED)
    checked = sum(each["StackResourceDriftStatus"] in (*DRIFTED, "IN_SYNC") for each in resources)
    reason = outcome.get("DetectionStatusReason", "")
    complete = outcome["DetectionStatus"] == "DETECTION_COMPLETE"
    status = "DRIFTED" if drifted else "IN_SYNC" if complete else "NOT_CHECKED"
    return StackDrift(name, status, reason, drifted, checked, unchecked)


def _finished(cloudformation: Any, detection: str, poll_seconds: float) -> Mapping[str, Any]:
    """Wait for the end of a detection; one that takes too long counts as failed, with that reason."""
    end = time.monotonic() + DETECTION_SECONDS
    while time.monotonic() < end:
        outcome: dict[str, Any] = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if outcome["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return outcome
        time.sleep(poll_seconds)
    reason = f"the detection takes longer than {DETECTION_SECONDS // 60} minutes"
    return {"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": reason}


def _resources(cloudformation: Any, name: str) -> tuple[list[Mapping[str, Any]], dict[str, int]]:
    """The drift of the resources that were compared, and the number of the others by type."""
    request: dict[str, Any] = {"StackName": name}
    resources: list[Mapping[str, Any]] = []
    while True:  # botocore has no paginator for this operation
        page = cloudformation.describe_stack_resource_drifts(**request)
        resources += page["StackResourceDrifts"]
        if not page.get("NextToken"):
            break
        request["NextToken"] = page["NextToken"]
    compared = {
        each["LogicalResourceId"] for each in resources if each["StackResourceDriftStatus"] in (*DRIFTED, "IN_SYNC")
    }
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    types = Counter(
        each["ResourceType"]
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["LogicalResourceId"] not in compared
    )
    return resources, dict(sorted(types.items()))


def _resource(drift: Mapping[str, Any]) -> ResourceDrift:
    return ResourceDrift(
        drift["LogicalResourceId"],
        drift.get("PhysicalResourceId", ""),
        drift["ResourceType"],
        drift["StackResourceDriftStatus"],
        tuple(_differences(drift.get("PropertyDifferences", ()))),
    )


def _differences(differences: Sequence[Mapping[str, str]]) -> Iterator[PropertyDifference]:
    for each in differences:
        yield PropertyDifference(
            each["PropertyPath"], each["ExpectedValue"], each["ActualValue"], each["DifferenceType"]
        )
