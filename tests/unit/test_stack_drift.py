"""`launchpad drift`: what has drifted, what was not compared, and the exit code; by CloudFormation's own answers."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.cli.commands.drift import _exit_code
from launchpad.platform_client import stack_drift
from launchpad.platform_client.stack_drift import StackDrift

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TAGS = [{"Key": "launchpad:environment", "Value": "dev"}]
RESOURCE = {"StackId": "s", "ResourceType": "AWS::KMS::Key", "Timestamp": NOW}
DIFFERENCE = {
    "PropertyPath": "/EnableKeyRotation",
    "ExpectedValue": "true",
    "ActualValue": "false",
    "DifferenceType": "NOT_EQUAL",
}


def row(name, kind="AWS::KMS::Key"):
    return {
        "LogicalResourceId": name,
        "ResourceType": kind,
        "LastUpdatedTimestamp": NOW,
        "ResourceStatus": "CREATE_COMPLETE",
    }


@pytest.fixture
def cloudformation(monkeypatch):
    client = boto3.client("cloudformation", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(stack_drift, "environment_stacks", lambda _connection: client.described)
    client.described = []
    with Stubber(client) as stubber:
        yield SimpleNamespace(client=client, stubber=stubber)
        stubber.assert_no_pending_responses()


def drifts(cloudformation, status="CREATE_COMPLETE"):
    cloudformation.client.described = [{"StackName": "launchpad-dev-storage", "StackStatus": status, "Tags": TAGS}]
    connection = SimpleNamespace(client=lambda _service: cloudformation.client, poll_seconds=0)
    return list(stack_drift.stack_drifts(connection))


def detects(cloudformation, outcome="DETECTION_COMPLETE", reason=""):
    stubber, status = cloudformation.stubber, "describe_stack_drift_detection_status"
    stubber.add_response("detect_stack_drift", {"StackDriftDetectionId": "d"}, {"StackName": "launchpad-dev-storage"})
    description = {"StackId": "s", "StackDriftDetectionId": "d", "Timestamp": NOW}
    stubber.add_response(status, {**description, "DetectionStatus": "DETECTION_IN_PROGRESS"})
    more = {"DetectionStatusReason": reason} if reason else {}
    stubber.add_response(status, {**description, "DetectionStatus": outcome, **more})


def test_what_has_drifted_is_read_from_all_pages(cloudformation):
    detects(cloudformation)
    changed = {**RESOURCE, "LogicalResourceId": "Key", "StackResourceDriftStatus": "MODIFIED"}
    same = {**RESOURCE, "LogicalResourceId": "Other", "StackResourceDriftStatus": "IN_SYNC"}
    pages = [
        {"StackResourceDrifts": [{**changed, "PropertyDifferences": [DIFFERENCE]}], "NextToken": "2"},
        {"StackResourceDrifts": [same]},
    ]
    for page in pages:
        cloudformation.stubber.add_response("describe_stack_resource_drifts", page)
    rows = [row("Key"), row("Other"), row("Inline", "AWS::IAM::Policy")]
    cloudformation.stubber.add_response("list_stack_resources", {"StackResourceSummaries": rows})
    (stack,) = drifts(cloudformation)
    assert (stack.status, stack.checked, stack.unchecked) == ("DRIFTED", 2, {"AWS::IAM::Policy": 1})
    (resource,) = stack.resources
    assert resource.logical_id == "Key"
    assert [(each.path, each.expected, each.actual) for each in resource.differences] == [
        ("/EnableKeyRotation", "true", "false")
    ]


def test_a_detection_that_failed_is_not_in_sync(cloudformation):
    detects(cloudformation, "DETECTION_FAILED", "AccessDenied on kms:GetKeyPolicy")
    unknown = {**RESOURCE, "LogicalResourceId": "Key", "StackResourceDriftStatus": "UNKNOWN"}
    cloudformation.stubber.add_response("describe_stack_resource_drifts", {"StackResourceDrifts": [unknown]})
    cloudformation.stubber.add_response("list_stack_resources", {"StackResourceSummaries": [row("Key")]})
    (stack,) = drifts(cloudformation)
    assert (stack.status, stack.reason, stack.checked) == ("NOT_CHECKED", "AccessDenied on kms:GetKeyPolicy", 0)
    assert stack.unchecked == {"AWS::KMS::Key": 1}


def test_a_stack_under_way_is_not_compared(cloudformation):
    (stack,) = drifts(cloudformation, "UPDATE_IN_PROGRESS")
    assert (stack.status, stack.reason) == ("NOT_CHECKED", "the stack is in UPDATE_IN_PROGRESS")


def test_a_refused_detection_says_why(cloudformation):
    cloudformation.stubber.add_client_error("detect_stack_drift", "ValidationError", "Drift detection is in progress")
    (stack,) = drifts(cloudformation)
    assert (stack.status, stack.reason) == ("NOT_CHECKED", "Drift detection is in progress")


@pytest.mark.parametrize(
    ("states", "changes", "code"),
    [
        (["IN_SYNC"], [], 0),
        (["IN_SYNC", "NOT_CHECKED"], [], 4),
        (["IN_SYNC", "NOT_CHECKED", "DRIFTED"], [], 3),
        (["IN_SYNC"], ["a change"], 3),
    ],
)
def test_the_exit_code_says_whether_something_differs(states, changes, code):
    assert _exit_code([StackDrift("s", state) for state in states], changes) == code
