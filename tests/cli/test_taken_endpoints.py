"""A deploy takes a pinned endpoint over that exists outside of its stack, or is refused before it changes anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.taken_endpoints import taken_endpoints

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/qa-demo"
DESCRIPTION = {
    "EndpointName": "qa-demo",
    "EndpointArn": ARN,
    "EndpointConfigName": "c",
    "EndpointStatus": "InService",
    "CreationTime": 0,
    "LastModifiedTime": 0,
}
KEYS = {"region_name": "eu-west-1", "aws_access_key_id": "1", "aws_secret_access_key": "2"}


@pytest.fixture
def environment():
    """An environment that pins one endpoint, with the answers of its SageMaker and CloudFormation."""
    clients = {name: boto3.client(name, **KEYS) for name in ("sagemaker", "cloudformation")}
    answers = {name: Stubber(client) for name, client in clients.items()}
    for stubber in answers.values():
        stubber.activate()
    settings = SimpleNamespace(endpoints=[SimpleNamespace(workload="demo")])
    connection: Any = SimpleNamespace(name="qa", settings=settings, client=clients.__getitem__)
    yield connection, answers
    for stubber in answers.values():
        stubber.assert_no_pending_responses()


def in_stack(status: str) -> dict[str, Any]:
    resource = {
        "LogicalResourceId": "Endpoint",
        "PhysicalResourceId": ARN,
        "ResourceType": "AWS::SageMaker::Endpoint",
        "ResourceStatus": status,
        "LastUpdatedTimestamp": 0,
    }
    return {"StackResourceSummaries": [resource]}


def missing_stack(answers: dict[str, Stubber]) -> None:
    answers["cloudformation"].add_client_error(
        "list_stack_resources", "ValidationError", "Stack with id launchpad-qa-endpoint-demo does not exist"
    )


def test_an_endpoint_without_a_stack_is_taken_over_as_it_is(environment):
    connection, answers = environment
    answers["sagemaker"].add_response("describe_endpoint", DESCRIPTION)
    missing_stack(answers)
    (taken,) = taken_endpoints(connection)
    new = {"Type": "AWS::SageMaker::Endpoint", "Properties": {"EndpointConfigName": {"Ref": "Config"}}}
    template = {"Parameters": {"P": {}}, "Resources": {"Config": {"Type": "A"}, "Mine": new}, "Outputs": {"O": {}}}
    imported, identifiers = taken.importing(template)
    assert identifiers == {"Mine": {"EndpointArn": ARN}}
    assert set(imported) == {"Parameters", "Resources"}
    assert imported["Resources"]["Mine"]["Properties"] == {"EndpointName": "qa-demo", "EndpointConfigName": "c"}
    assert imported["Resources"]["Mine"]["DeletionPolicy"] == "Retain"
    assert list(imported["Resources"]) == ["Mine"]


def test_a_shared_endpoint_is_taken_over_by_its_own_name(environment):
    connection, answers = environment
    connection.settings.endpoints[0].workload = "boston-housing-north"
    name = "qa-boston-housing-models"
    answers["sagemaker"].add_response(
        "describe_endpoint", {**DESCRIPTION, "EndpointName": name}, {"EndpointName": name}
    )
    missing_stack(answers)
    (taken,) = taken_endpoints(connection)
    assert (taken.name, taken.part) == (name, "endpoint-boston-housing-north")


@pytest.mark.parametrize("status", ["Creating", "Updating", "Failed"])
def test_an_endpoint_that_is_not_in_service_is_not_taken_over(environment, status):
    connection, answers = environment
    answers["sagemaker"].add_response("describe_endpoint", {**DESCRIPTION, "EndpointStatus": status})
    missing_stack(answers)
    with pytest.raises(LaunchpadError, match=rf"pins qa-demo.*is {status}: .*`launchpad stop qa-demo --env qa`"):
        taken_endpoints(connection)


def test_a_stack_that_lost_its_endpoint_can_not_take_it_over(environment):
    connection, answers = environment
    lost, config = in_stack("DELETE_COMPLETE"), in_stack("CREATE_COMPLETE")
    config["StackResourceSummaries"][0]["ResourceType"] = "AWS::SageMaker::EndpointConfig"
    both = {"StackResourceSummaries": [*lost["StackResourceSummaries"], *config["StackResourceSummaries"]]}
    answers["sagemaker"].add_response("describe_endpoint", DESCRIPTION)
    answers["cloudformation"].add_response("list_stack_resources", both)
    with pytest.raises(
        LaunchpadError, match=r"CloudFormation can't create it again.*`launchpad stop qa-demo --env qa`"
    ):
        taken_endpoints(connection)


def test_an_endpoint_of_its_stack_is_updated(environment):
    connection, answers = environment
    answers["sagemaker"].add_response("describe_endpoint", DESCRIPTION)
    answers["cloudformation"].add_response("list_stack_resources", in_stack("CREATE_COMPLETE"))
    assert taken_endpoints(connection, "endpoint-demo") == []


def test_a_missing_endpoint_is_created(environment):
    connection, answers = environment
    answers["sagemaker"].add_client_error("describe_endpoint", "ValidationException", 'Could not find endpoint "x".')
    assert taken_endpoints(connection) == []


def test_a_deploy_of_another_part_looks_at_no_endpoint(environment):
    assert taken_endpoints(environment[0], "storage") == []


def test_who_may_not_look_is_not_kept_from_deploying(environment):
    connection, answers = environment
    answers["sagemaker"].add_client_error("describe_endpoint", "AccessDeniedException", "not authorized")
    assert taken_endpoints(connection) == []
