"""Which stacks are an environment's, by what CloudFormation says of them."""

from __future__ import annotations

import datetime

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.stack_order import environment_stacks, foreign_stacks
from launchpad.settings import EnvironmentSettings

NAME = "launchpad-dev-theirs"
STACK = {
    "StackName": NAME,
    "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/launchpad-dev-theirs/0",
    "StackStatus": "CREATE_COMPLETE",
    "CreationTime": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
}
YAML = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"


@pytest.mark.parametrize(("stacks", "names"), [(environment_stacks, []), (foreign_stacks, [NAME])])
def test_another_teams_stack_may_be_written_in_yaml(monkeypatch, stacks, names):
    client = boto3.client("cloudformation", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(Connection, "client", lambda *_, **__: client)
    with Stubber(client) as stubber:
        stubber.add_response("describe_stacks", {"Stacks": [STACK]})
        stubber.add_response("get_template", {"TemplateBody": YAML})
        assert stacks(Connection(EnvironmentSettings(name="dev", region="eu-west-1"))) == names
