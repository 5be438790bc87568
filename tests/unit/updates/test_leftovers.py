"""The stacks that a config no longer has, and what is said about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.cli import updating
from launchpad.platform_client.stack_events import failed_removals
from launchpad.updates.deployed import exports_of
from launchpad.updates.leftovers import contents, leftover_stacks
from tests.unit.updates.stacks import deployed, queue, stack, template

KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}
ENDPOINT = {"Type": "AWS::SageMaker::Endpoint"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


LISTED = queue(Tags=[{"Key": "launchpad:environment", "Value": "dev"}])
MAPPED = {"Type": "AWS::SSM::Parameter", "Properties": {"Tags": {"launchpad:environment": "dev"}}}


@pytest.mark.parametrize("resource", [LISTED, MAPPED])
def test_a_stack_that_left_the_assembly_is_a_leftover(resource):
    now = deployed(stack("jobs", template({"It": resource})), stack("studio", template({"It": resource})))
    assert leftover_stacks(now, {"jobs"}, "dev").keys() == {"studio"}


def test_another_teams_stack_with_such_a_name_is_none():
    now = deployed(stack("launchpad-dev-theirs", template({"It": queue()})))
    assert leftover_stacks(now, {}, "dev") == {}


def test_what_costs_money_is_named_first():
    assert contents(stack("it", template({"A": queue(), "B": ENDPOINT}))) == "a running endpoint, 1 other resource"


def test_two_of_a_kind_are_counted():
    assert contents(stack("it", template({"A": ENDPOINT, "B": ENDPOINT}))) == "a running endpoint (2)"


def test_resources_that_cost_nothing_are_only_counted():
    assert contents(stack("it", template({"A": queue(), "B": queue()}))) == "2 resources"


def test_a_stack_that_was_never_created_has_nothing():
    assert contents(stack("it", template({"It": queue()}), status="ROLLBACK_COMPLETE")) == "nothing"


def test_outputs_without_an_export_are_no_exports():
    assert exports_of({"Outputs": {"Name": {"Value": "it"}}}) == {}


@pytest.fixture
def cloudformation() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("cloudformation", **KEYS)
    with Stubber(client) as stubber:
        yield client, stubber
    stubber.assert_no_pending_responses()


def summary(name: str) -> dict[str, Any]:
    return {"StackName": name, "StackId": f"id-{name}", "StackStatus": "CREATE_COMPLETE", "CreationTime": NOW}


def test_a_plan_names_what_goes_and_describes_no_other_stack(cloudformation, capsys):
    client, stubber = cloudformation
    names = ["launchpad-dev-jobs", "theirs", "launchpad-dev-studio"]
    stubber.add_response("list_stacks", {"StackSummaries": [summary(name) for name in names]})
    tags = [{"Key": "launchpad:environment", "Value": "dev"}]
    for name in (names[0], names[2]):
        stubber.add_response(
            "describe_stacks", {"Stacks": [{**summary(name), "Tags": tags}]}, {"StackName": f"id-{name}"}
        )
        stubber.add_response("get_template", {"TemplateBody": json.dumps(template({"It": ENDPOINT}))})
    connection: Any = SimpleNamespace(name="dev", client=lambda _service: client)
    updating.say_what_goes(connection, {"launchpad-dev-jobs": stack("jobs", template({}))})
    words = "a deploy would delete these stacks, which config/dev.yaml no longer has:"
    assert capsys.readouterr().out.splitlines() == [words, "    launchpad-dev-studio a running endpoint"]


def test_a_plan_of_an_older_role_says_what_it_cannot_see(cloudformation, capsys):
    client, stubber = cloudformation
    stubber.add_client_error("list_stacks", "AccessDenied", "may not perform: cloudformation:ListStacks")
    updating.say_what_goes(SimpleNamespace(name="dev", client=lambda _service: client), {})
    assert "can't see which stacks a deploy would delete: may not perform" in capsys.readouterr().out


def test_the_newest_event_of_a_removed_resource_says_whether_it_is_left():
    names = {"PhysicalResourceId": "its-name", "ResourceType": "AWS::S3::Bucket"}
    events = [
        {**names, "LogicalResourceId": logical, "ResourceStatus": status, "ResourceStatusReason": "not empty"}
        for logical, status in (
            ("Left", "DELETE_FAILED"),
            ("Gone", "DELETE_COMPLETE"),
            ("Kept", "DELETE_SKIPPED"),
            ("Gone", "DELETE_FAILED"),
            ("Stays", "DELETE_FAILED"),
        )
    ]
    pages = SimpleNamespace(paginate=lambda **_: [{"StackEvents": events}])
    client = SimpleNamespace(get_paginator=lambda _: pages)
    assert failed_removals(client, "arn", {"Left", "Gone", "Kept"}) == ["AWS::S3::Bucket its-name: not empty"]
