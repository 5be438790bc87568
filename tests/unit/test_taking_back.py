"""What an earlier deployment left is found behind a stack that was never created, and behind its deletion."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.cli import deploying
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.retained import Retained
from launchpad.platform_client.taking_back import Leftovers, leftovers
from launchpad.settings import EnvironmentSettings
from launchpad.updates.deployed import DeployedStack
from launchpad.updates.leftovers import Deletion

STORAGE = "launchpad-dev-storage"
SETTINGS = EnvironmentSettings(name="dev", region="eu-west-1")
TEMPLATES = {STORAGE: {"Resources": {"Data": {"Type": "AWS::S3::Bucket"}}}}
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}


def day(number: int) -> datetime.datetime:
    return datetime.datetime(2026, 1, number, tzinfo=datetime.UTC)


def arn(number: int) -> str:
    return f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{STORAGE}/{number}"


def described(status: str) -> dict[str, Any]:
    return {"Stacks": [{"StackName": STORAGE, "StackStatus": status, "CreationTime": day(3)}]}


def deleted(*numbers: int) -> dict[str, Any]:
    stack = {"StackName": STORAGE, "StackStatus": "DELETE_COMPLETE"}
    return {"StackSummaries": [{**stack, "StackId": arn(number), "CreationTime": day(number)} for number in numbers]}


def events(number: int, *kept: str) -> dict[str, Any]:
    def event(kind: str, logical_id: str, physical_id: str, status: str) -> dict[str, Any]:
        names = {"ResourceType": kind, "LogicalResourceId": logical_id, "PhysicalResourceId": physical_id}
        stack = {"StackId": arn(number), "StackName": STORAGE, "EventId": f"{number}", "Timestamp": day(number)}
        return {**stack, **names, "ResourceStatus": status}

    skipped = [event("AWS::S3::Bucket", "Data", name, "DELETE_SKIPPED") for name in kept]
    return {"StackEvents": [*skipped, event("AWS::CloudFormation::Stack", STORAGE, arn(number), "DELETE_IN_PROGRESS")]}


@pytest.fixture
def account(monkeypatch):
    """A function that says what CloudFormation answers, in order; every bucket exists."""
    clients = {service: boto3.client(service, **KEYS) for service in ("cloudformation", "s3")}
    monkeypatch.setattr(Connection, "client", lambda _self, service, **_: clients[service])
    stubbers = {service: Stubber(client) for service, client in clients.items()}

    def answers(*calls: tuple[str, dict[str, Any]]) -> Connection:
        for operation, response in calls:
            stubbers["cloudformation"].add_response(operation, response)
        stubbers["s3"].add_response("head_bucket", {})
        for stubber in stubbers.values():
            stubber.activate()
        return Connection(SETTINGS)

    return answers


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_that_was_never_created_hides_nothing(account, status):
    stacks, history = ("describe_stacks", described(status)), ("list_stacks", deleted(1))
    connection = account(stacks, stacks, history, ("describe_stack_events", events(1, "kept")))
    assert leftovers(connection, TEMPLATES).storage == {"Data": {"BucketName": "kept"}}


def test_a_deleted_stack_that_left_nothing_hides_nothing(account):
    stacks, history = ("describe_stacks", {"Stacks": []}), ("list_stacks", deleted(1, 2))
    young, old = (("describe_stack_events", each) for each in (events(2), events(1, "kept")))
    assert leftovers(account(stacks, stacks, history, young, old), TEMPLATES).storage == {
        "Data": {"BucketName": "kept"}
    }


def test_only_what_the_deployed_stacks_create_is_taken_back_or_refused():
    repository = Retained("AWS::ECR::Repository", "Images", "launchpad/dev/r", "launchpad-dev-registry")
    notebook = Retained("AWS::SageMaker::NotebookInstance", "Team", "dev-team", "launchpad-dev-notebooks")
    earlier = Leftovers(importable=(repository,), in_the_way=(notebook,))
    assert earlier.of(["launchpad-dev-registry"]) == Leftovers(importable=(repository,))
    with pytest.raises(LaunchpadError, match="dev-team: save the work on its volume"):
        earlier.of(["launchpad-dev-notebooks"]).refuse()


def test_an_unfinished_stack_is_deleted_before_the_import(monkeypatch):
    steps: list[str] = []
    unfinished = {STORAGE: DeployedStack(STORAGE, arn(1), "REVIEW_IN_PROGRESS", False, {})}
    others = {"launchpad-dev-jobs": DeployedStack("launchpad-dev-jobs", arn(2), "CREATE_COMPLETE", False, {})}
    storage = Leftovers(storage={"Data": {"BucketName": "kept"}})
    monkeypatch.setattr(deploying, "read_stacks", lambda _: {})
    monkeypatch.setattr(deploying, "deploying_client", lambda *_: None)
    monkeypatch.setattr(deploying, "deployed_stacks", lambda *_: {**unfinished, **others})

    def delete(_client: object, stacks: dict[str, object], _seconds: float) -> list[Deletion]:
        steps.extend(f"delete {name}" for name in stacks)
        return [Deletion(name) for name in stacks]

    monkeypatch.setattr(deploying, "delete_stacks", delete)
    monkeypatch.setattr(deploying.CdkRun, "_run", lambda _self, arguments, *_, **__: steps.append(arguments[0]))
    line: Any = type("Line", (), {"say": lambda *_: None})()
    deploying.CdkRun(Connection(SETTINGS), Path("cdk.out"), Path("log"), line).deploy(earlier=storage)
    assert steps == [f"delete {STORAGE}", "import", "deploy"]
