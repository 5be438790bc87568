"""A change of an endpoint that is just being scaled or updated waits, and is asked for again."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import busy_endpoints
from launchpad.platform_client.busy_endpoints import invoke_once_settled, once_settled

NAME = "dev-boston-housing"
ARN = f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/{NAME}"
SAGEMAKERS = f'ValidationException: Cannot update in-progress endpoint "{ARN}".'
FUNCTIONS = "Cannot update in-progress endpoint dev-boston-housing: it is Updating"


class Deploy(SimpleNamespace):
    """The deploy function, which refuses with each message in turn and then answers; and what was shown meanwhile."""

    def __call__(self, *statuses: str) -> Any:
        for status in statuses:
            if status == "gone":
                self.stubber.add_client_error("describe_endpoint", "ValidationException", "Could not find endpoint")
            else:
                self.stubber.add_response("describe_endpoint", described(status))
        answer = invoke_once_settled(self.connection, "deploy", {}, self.shown.append)
        self.stubber.assert_no_pending_responses()
        return answer


def described(status: str) -> dict[str, Any]:
    times = {"CreationTime": 0, "LastModifiedTime": 0}
    return {"EndpointName": NAME, "EndpointArn": ARN, "EndpointConfigName": "c", "EndpointStatus": status, **times}


@pytest.fixture
def sagemaker():
    """A connection, and what its SageMaker answers."""
    client = boto3.client("sagemaker", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield SimpleNamespace(name="dev", poll_seconds=0, client=lambda _: client), stubber


@pytest.fixture
def deploy(monkeypatch, sagemaker):
    connection, stubber = sagemaker
    function = Deploy(refusals=[], shown=[], connection=connection, stubber=stubber)

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


def test_a_deletion_waits_for_the_change_too(sagemaker):
    connection, stubber = sagemaker
    message = SAGEMAKERS.removeprefix("ValidationException: ")
    stubber.add_client_error("delete_endpoint", "ValidationException", message)
    stubber.add_response("describe_endpoint", described("InService"))
    stubber.add_response("delete_endpoint", {})
    delete = partial(connection.client("sagemaker").delete_endpoint, EndpointName=NAME)
    shown: list[str] = []
    once_settled(connection, delete, shown.append)
    stubber.assert_no_pending_responses()
    assert shown == [f"{NAME} is InService"]


def test_any_other_refusal_is_the_callers(deploy):
    deploy.refusals = ["the model misses its quality gate"]
    with pytest.raises(LaunchpadError, match="quality gate"):
        deploy()


def test_it_does_not_wait_for_ever(deploy, monkeypatch):
    monkeypatch.setattr(busy_endpoints, "LONGEST_MINUTES", 0.0)
    deploy.refusals = [FUNCTIONS]
    with pytest.raises(LaunchpadError, match=r"still being changed \(Updating\) after 0 minutes.*launchpad status"):
        deploy("Updating")
