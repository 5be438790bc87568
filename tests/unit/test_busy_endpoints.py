"""A change of an endpoint that is just being scaled or updated waits, and is asked for again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import busy_endpoints
from launchpad.platform_client.busy_endpoints import invoke_once_settled

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/dev-boston-housing"
SAGEMAKERS = f'ValidationException: Cannot update in-progress endpoint "{ARN}".'
FUNCTIONS = "Cannot update in-progress endpoint dev-boston-housing: it is Updating"


class Deploy(SimpleNamespace):
    """The deploy function, which refuses with each message in turn and then answers; and what was shown meanwhile."""

    def __call__(self, *statuses: str) -> Any:
        client = boto3.client("sagemaker", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        times = {"CreationTime": 0, "LastModifiedTime": 0}
        endpoint = {"EndpointName": "dev-boston-housing", "EndpointArn": ARN, "EndpointConfigName": "c", **times}
        connection: Any = SimpleNamespace(name="dev", poll_seconds=0, client=lambda _: client)
        with Stubber(client) as stubber:
            for status in statuses:
                if status == "gone":
                    stubber.add_client_error("describe_endpoint", "ValidationException", "Could not find endpoint")
                else:
                    stubber.add_response("describe_endpoint", {**endpoint, "EndpointStatus": status})
            answer = invoke_once_settled(connection, "deploy", {}, self.shown.append)
            stubber.assert_no_pending_responses()
        return answer


@pytest.fixture
def deploy(monkeypatch):
    function = Deploy(refusals=[], shown=[])

    def invoke(*_: Any) -> dict[str, str]:
        if function.refusals:
            raise LaunchpadError(function.refusals.pop(0))
        return {"action": "updated"}

    monkeypatch.setattr(busy_endpoints, "invoke", invoke)
    return function


@pytest.mark.parametrize("refusal", [SAGEMAKERS, FUNCTIONS])
def test_it_waits_until_the_endpoint_takes_changes(deploy, refusal):
    deploy.refusals = [refusal]
    assert deploy("Updating", "Updating", "InService") == {"action": "updated"}
    assert set(deploy.shown) == {"waits: dev-boston-housing is Updating", "dev-boston-housing is InService"}


def test_a_change_that_began_meanwhile_is_waited_for_too(deploy):
    deploy.refusals = [FUNCTIONS, SAGEMAKERS]
    assert deploy("InService", "SystemUpdating", "InService") == {"action": "updated"}


def test_an_endpoint_that_went_away_meanwhile_is_made_anew(deploy):
    deploy.refusals = [FUNCTIONS]
    assert deploy("Updating", "gone") == {"action": "updated"}


def test_any_other_refusal_is_the_callers(deploy):
    deploy.refusals = ["the model misses its quality gate"]
    with pytest.raises(LaunchpadError, match="quality gate"):
        deploy()


def test_it_does_not_wait_for_ever(deploy, monkeypatch):
    monkeypatch.setattr(busy_endpoints, "LONGEST_MINUTES", 0.0)
    deploy.refusals = [FUNCTIONS]
    with pytest.raises(LaunchpadError, match=r"still being changed \(Updating\) after 0 minutes.*launchpad status"):
        deploy("Updating")
