"""What `launchpad deploy` looks for in an account before it deploys, with small stacks of the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.local_address import LocalAddress
from launchpad.platform_client.taking_back import Leftovers, leftovers
from launchpad.settings import EnvironmentSettings
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws

NAME, STACK = "again", "launchpad-again-storage"
RESOURCES: dict[str, Any] = {
    "Key": {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "RetainExceptOnCreate",
        "Properties": {
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ],
            }
        },
    },
    "Data": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"},
}
TEMPLATES = {STACK: {"Resources": RESOURCES}}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN) as server:
        yield server


@pytest.fixture(scope="module")
def connection(aws: LocalAws) -> Connection:
    return Connection(EnvironmentSettings(name=NAME, region="us-east-1"), LocalAddress(aws.url, aws.secret))


@pytest.fixture
def remains(aws: LocalAws) -> dict[str, str]:
    """The physical ids, by logical id, of what a deleted storage stack left."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATES[STACK]))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    items = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in items}


def test_the_key_and_the_buckets_of_the_last_stack_are_imported(connection, remains):
    assert leftovers(connection, TEMPLATES).storage == {
        "Key": {"KeyId": remains["Key"]},
        "Data": {"BucketName": remains["Data"]},
    }


def test_nothing_is_imported_if_a_bucket_is_gone(connection, remains):
    connection.client("s3").delete_bucket(Bucket=remains["Data"])
    assert leftovers(connection, TEMPLATES).storage == {}


def test_nothing_is_imported_if_the_key_is_being_deleted(connection, remains):
    connection.client("kms").schedule_key_deletion(KeyId=remains["Key"], PendingWindowInDays=7)
    assert leftovers(connection, TEMPLATES).storage == {}


def test_an_environment_that_retains_nothing_is_not_looked_at():
    settings = EnvironmentSettings(name=NAME, region="us-east-1", retain_data=False)
    assert leftovers(Connection(settings, LocalAddress("http://127.0.0.1:1", "no")), TEMPLATES) == Leftovers()


def test_a_caller_who_may_not_list_stacks_gets_the_denial(connection, monkeypatch):
    denial = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribeStacks")

    def refuse(*_: object, **__: object) -> None:
        raise denial

    monkeypatch.setattr(Connection, "client", refuse)
    assert "not authorized" in leftovers(connection, TEMPLATES).unknown
