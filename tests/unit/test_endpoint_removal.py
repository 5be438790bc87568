"""Deleting an endpoint leaves no scalable target and no alarm behind, and touches no other's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from launchpad.platform_client.endpoint_removal import STACK_TAG, remove_endpoint

NAME, ARN = "dev-demo", "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/dev-demo"
RESOURCE = f"endpoint/{NAME}/variant/AllTraffic"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": RESOURCE,
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}

DESCRIBED = {
    "EndpointName": NAME,
    "EndpointArn": ARN,
    "EndpointConfigName": "c",
    "EndpointStatus": "InService",
    "CreationTime": 0,
    "LastModifiedTime": 0,
    "ProductionVariants": [{"VariantName": "AllTraffic"}],
}


@pytest.fixture
def aws():
    """The stubs of each service's client, and a connection with these clients."""
    keys = {"aws_access_key_id": "1", "aws_secret_access_key": "2"}
    names = ("sagemaker", "application-autoscaling", "cloudwatch")
    clients = {name: boto3.client(name, "eu-west-1", **keys) for name in names}
    stubs: Any = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    stubs["connection"] = SimpleNamespace(name="dev", poll_seconds=0, client=clients.__getitem__)
    yield stubs
    for name in names:
        stubs[name].assert_no_pending_responses()


def exists(aws, *tags):
    aws["sagemaker"].add_response("describe_endpoint", DESCRIBED)
    aws["sagemaker"].add_response("list_tags", {"Tags": list(tags)})


def is_deleted(aws):
    aws["sagemaker"].add_response("delete_endpoint", {}, {"EndpointName": NAME})


def alarm(name, endpoint):
    return {"AlarmName": name, "Dimensions": [{"Name": "EndpointName", "Value": endpoint}]}


def test_targets_and_alarms_go_before_the_endpoint(aws):
    exists(aws)
    target = {**TARGET, "MinCapacity": 1, "MaxCapacity": 2, "RoleARN": "arn:aws:iam::123456789012:role/r"}
    listed = {"ScalableTargets": [{**target, "CreationTime": 0}]}
    expected = {"ServiceNamespace": "sagemaker", "ResourceIds": [RESOURCE]}
    aws["application-autoscaling"].add_response("describe_scalable_targets", listed, expected)
    aws["application-autoscaling"].add_response("deregister_scalable_target", {}, TARGET)
    prefix = f"launchpad-dev-endpoint-{NAME}-"
    alarms = [alarm(f"{prefix}AllTraffic-Latency", NAME), alarm(f"{prefix}b-AllTraffic-Latency", f"{NAME}-b")]
    aws["cloudwatch"].add_response("describe_alarms", {"MetricAlarms": alarms}, {"AlarmNamePrefix": prefix})
    aws["cloudwatch"].add_response("delete_alarms", {}, {"AlarmNames": [f"{prefix}AllTraffic-Latency"]})
    is_deleted(aws)
    remove_endpoint(aws["connection"], NAME)


def test_what_a_stack_created_is_left_to_the_stack(aws):
    exists(aws, {"Key": STACK_TAG, "Value": "launchpad-dev-endpoint-demo"})
    is_deleted(aws)
    remove_endpoint(aws["connection"], NAME)


def test_an_endpoint_that_is_being_changed_is_deleted_afterwards(aws):
    exists(aws, {"Key": STACK_TAG, "Value": "launchpad-dev-endpoint-demo"})
    refusal = f'Cannot update in-progress endpoint "{ARN}".'
    aws["sagemaker"].add_client_error("delete_endpoint", "ValidationException", refusal)
    aws["sagemaker"].add_response("describe_endpoint", DESCRIBED)
    is_deleted(aws)
    shown: list[str] = []
    remove_endpoint(aws["connection"], NAME, shown.append)
    assert shown == [f"{NAME} is InService"]


def test_an_endpoint_that_is_gone_is_fine(aws):
    for operation in ("describe_endpoint", "delete_endpoint"):
        aws["sagemaker"].add_client_error(operation, "ValidationException", "Could not find endpoint")
    remove_endpoint(aws["connection"], NAME)
