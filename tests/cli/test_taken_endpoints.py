"""A deploy is refused before it changes anything where a pinned endpoint exists outside of its stack."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.taken_endpoints import refuse_taken_endpoints

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


def test_an_endpoint_without_a_stack_is_in_the_way(environment):
    connection, answers = environment
    answers["sagemaker"].add_response("describe_endpoint", DESCRIPTION)
    answers["cloudformation"].add_client_error(
        "list_stack_resources", "ValidationError", "Stack with id launchpad-qa-endpoint-demo does not exist"
    )
    with pytest.raises(LaunchpadError, match=r"pins qa-demo.*`launchpad stop qa-demo --env qa`, then deploy"):
        refuse_taken_endpoints(connection)


def test_an_endpoint_that_its_stack_lost_is_in_the_way(environment):
    connection, answers = environment
    answers["sagemaker"].add_response("describe_endpoint", DESCRIPTION)
    answers["cloudformation"].add_response("list_stack_resources", in_stack("DELETE_COMPLETE"))
    with pytest.raises(LaunchpadError, match="CloudFormation can't create it again"):
        refuse_taken_endpoints(connection)


def test_an_endpoint_of_its_stack_is_updated(environment):
    connection, answers = environment
    answers["sagemaker"].add_response("describe_endpoint", DESCRIPTION)
    answers["cloudformation"].add_response("list_stack_resources", in_stack("CREATE_COMPLETE"))
    refuse_taken_endpoints(connection, "endpoint-demo")


def test_a_missing_endpoint_is_created(environment):
    connection, answers = environment
    answers["sagemaker"].add_client_error("describe_endpoint", "ValidationException", 'Could not find endpoint "x".')
    refuse_taken_endpoints(connection)


def test_a_deploy_of_another_part_looks_at_no_endpoint(environment):
    refuse_taken_endpoints(environment[0], "storage")


def test_who_may_not_look_is_not_kept_from_deploying(environment):
    connection, answers = environment
    answers["sagemaker"].add_client_error("describe_endpoint", "AccessDeniedException", "not authorized")
    refuse_taken_endpoints(connection)
