"""Buckets are empty when CloudFormation deletes them, although S3 delivers access logs for hours."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from launchpad.cli.commands import destroy
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import stack_deletion, teardown
from launchpad.platform_client.buckets import buckets, empty_bucket
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.local_address import LocalAddress
from launchpad.platform_client.stack_order import environment_stacks, last_of_all
from launchpad.settings import EnvironmentSettings
from launchpad.settings.github import deploy_role_name
from tests.end_to_end.conftest import Report
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws

NAME = "logged"
STACK = f"launchpad-{NAME}-storage"
RESOURCES = {
    "Access": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete"},
    "Data": {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Delete",
        "Properties": {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Access"}}},
    },
}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN) as server:
        yield server


@pytest.fixture
def connection(aws: LocalAws) -> Connection:
    """An environment with one stack of two buckets, of which one gets the other's access logs."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps({"Resources": RESOURCES}),
        Tags=[{"Key": "launchpad:environment", "Value": NAME}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    return Connection(EnvironmentSettings(name=NAME, region="us-east-1"), LocalAddress(aws.url, aws.secret))


def deliver_late(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Put an object into each bucket, as late access logs, after each of the first `times` emptyings of all."""
    remaining = [times * len(RESOURCES)]

    def empty(connection: Connection, bucket: str) -> int:
        count = empty_bucket(connection, bucket)
        if remaining[0]:
            remaining[0] -= 1
            aws.client("s3").put_object(Bucket=bucket, Key="2026-01-01-00-00-00-ABCD", Body=b"REST.GET.OBJECT")
        return count

    monkeypatch.setattr(teardown, "empty_bucket", empty)


def test_the_stack_of_the_role_that_acts_is_spared(connection, monkeypatch):
    role = f"arn:aws:sts::123456789012:assumed-role/{deploy_role_name(NAME)}/GitHubActions"
    monkeypatch.setattr(destroy, "caller_name", lambda _: role)
    own = destroy._own_identity(connection, [STACK, last_of_all(NAME)])
    assert own == [f"launchpad-{NAME}-github"]
    assert teardown.tear_down(connection, Report(), retains=True, spared=[STACK]) == []
    assert [stack["StackName"] for stack in environment_stacks(connection)] == [STACK]
    teardown.tear_down(connection, Report(), retains=False)


def test_access_logging_ends_and_the_log_bucket_is_the_last(aws, connection):
    report = Report()
    names = buckets(connection, environment_stacks(connection))
    assert "access" in names[-1]
    teardown.tear_down(connection, report, retains=False)
    stopped = [line for line in report.lines if line.startswith("stopped the access log")]
    assert stopped == [f"stopped the access log of bucket {names[0]}"]
    emptied = [line for line in report.lines if line.startswith("emptied")]
    assert emptied[-1].startswith(f"emptied bucket {names[-1]}")


def test_a_log_that_arrives_late_is_deleted_in_another_try(aws, connection, monkeypatch):
    deliver_late(aws, monkeypatch, times=1)
    report = Report()
    teardown.tear_down(connection, report, retains=False)
    assert any("has a bucket with new objects" in line for line in report.lines)
    assert environment_stacks(connection) == []


def test_logs_that_never_end_are_an_error_that_says_what_to_do(aws, connection, monkeypatch):
    monkeypatch.setattr(stack_deletion, "RETRY_POLLS", 0)
    deliver_late(aws, monkeypatch, times=stack_deletion.MOST_TRIES)
    with pytest.raises(LaunchpadError, match=r"wait for some hours.*then run `launchpad destroy --env logged` again"):
        teardown.tear_down(connection, Report(), retains=False)
    teardown.tear_down(connection, Report(), retains=False)  # the same command, hours later
    assert environment_stacks(connection) == []
