"""Deployment guardrails act: traffic shifts in steps, alarms roll back, and no request is lost meanwhile.

The server's clock is 60 times as fast: a baking period of 180 s takes 3 s.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints, server
from tests.local_aws.scaled_endpoints import put_alarm

CLIENTS = 4
NEW = server("VERSION = b'2:'")


@pytest.fixture(scope="module")
def endpoint(updates: PlainEndpoints) -> str:
    """An endpoint of two instances; each test updates it from the version that it has."""
    name = updates.start(updates.config(updates.variant(updates.model(), InitialInstanceCount=2)))
    assert updates.wait(name)["EndpointStatus"] == "InService"
    return name


@pytest.fixture
def alarm(fast_aws: LocalAws) -> Iterator[str]:
    name, cloudwatch = f"alarm-{uuid.uuid4().hex[:8]}", fast_aws.client("cloudwatch")
    put_alarm(cloudwatch, name, name, TreatMissingData="ignore")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    yield name
    cloudwatch.delete_alarms(AlarmNames=[name])


def blue_green(kind: str, *alarms: str, **size: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": 180, **size},
            "TerminationWaitInSeconds": 30,
        },
        **rollback(*alarms),
    }


def rolling(*alarms: str) -> dict[str, Any]:
    size = {"Type": "INSTANCE_COUNT", "Value": 1}
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 90}, **rollback(*alarms)}


def rollback(*alarms: str) -> dict[str, Any]:
    return {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}


def update(updates: PlainEndpoints, name: str, program: str, deployment: dict[str, Any], **members: Any) -> str:
    config = updates.config(updates.variant(updates.model(program), InitialInstanceCount=2))
    updates.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=config,
        **({"DeploymentConfig": deployment} if deployment else {}),
        **members,
    )
    return config


def pending(updates: PlainEndpoints, name: str, status: str, seconds: float = 60) -> dict[str, Any]:
    """The new fleet's variant, once it has this VariantStatus."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        described = updates.describe(name)
        for variant in described.get("PendingDeploymentSummary", {}).get("ProductionVariants", ()):
            if variant["VariantStatus"][0]["Status"] == status:
                return dict(variant)
        time.sleep(0.02)
    raise AssertionError(described)


def until_shrunk(updates: PlainEndpoints, name: str, seconds: float = 60) -> None:
    """Wait until an old instance has ended."""
    deadline = time.monotonic() + seconds
    while updates.describe(name)["ProductionVariants"][0]["CurrentInstanceCount"] == 2:
        assert time.monotonic() < deadline


CANARY = {"CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}


def test_a_canary_serves_a_part_and_then_all(updates, endpoint):
    with updates.load(endpoint, CLIENTS) as (responses, failures):
        config = update(updates, endpoint, NEW, blue_green("CANARY", **CANARY))
        canary = pending(updates, endpoint, "Baking")
        assert (canary["CurrentInstanceCount"], canary["DesiredInstanceCount"]) == (1, 2)
        message = canary["VariantStatus"][0]["StatusMessage"]
        assert message.startswith("Baking for 180 seconds (WaitIntervalInSeconds) with traffic enabled on canary")
        described = updates.wait(endpoint)
    assert not failures
    assert responses[responses.index(b"2:") :].count(b"1:") > CLIENTS  # both serve for a while
    assert described["EndpointConfigName"] == config
    assert "PendingDeploymentSummary" not in described
    assert "VariantStatus" not in described["ProductionVariants"][0]
    assert {updates.predict(endpoint, b"") for _ in range(10)} == {b"2:"}


def test_an_alarm_gives_the_old_fleet_all_traffic_back(updates, endpoint, alarm, fast_aws):
    before = updates.describe(endpoint)["EndpointConfigName"]
    version = updates.predict(endpoint, b"")
    with updates.load(endpoint, CLIENTS) as (_, failures):
        linear = {"LinearStepSize": {"Type": "INSTANCE_COUNT", "Value": 1}}
        update(updates, endpoint, server("VERSION = b'bad:'"), blue_green("LINEAR", alarm, **linear))
        pending(updates, endpoint, "Baking")
        fast_aws.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
        described = updates.wait(endpoint)
    assert not failures
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", before)
    assert alarm in described["FailureReason"]
    assert "PendingDeploymentSummary" not in described
    assert {updates.predict(endpoint, b"") for _ in range(10)} == {version}


def test_a_rolling_update_replaces_the_instances_in_batches(updates, endpoint, alarm):
    with updates.load(endpoint, CLIENTS) as (responses, failures):
        old = updates.predict(endpoint, b"")
        config = update(updates, endpoint, server("VERSION = b'3:'"), rolling(alarm))
        described = updates.wait(endpoint)
    assert not failures
    assert responses[responses.index(b"3:") :].count(old) > CLIENTS
    assert described["EndpointConfigName"] == config
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert {updates.predict(endpoint, b"") for _ in range(10)} == {b"3:"}


def test_a_rolling_update_rolls_back_to_all_old_instances(updates, endpoint, alarm, fast_aws):
    version = updates.predict(endpoint, b"")
    with updates.load(endpoint, CLIENTS) as (_, failures):
        update(updates, endpoint, server("VERSION = b'bad:'"), rolling(alarm))
        until_shrunk(updates, endpoint)
        fast_aws.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
        described = updates.wait(endpoint)
    assert not failures
    assert alarm in described["FailureReason"]
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert {updates.predict(endpoint, b"") for _ in range(10)} == {version}


def test_a_failed_rollback_leaves_a_mix_that_an_update_ends(updates, alarm, fast_aws):
    archive = updates.archive(server())
    uri = {"ModelDataUrl": archive}
    name = updates.start(updates.config(updates.variant(updates.model(**uri), InitialInstanceCount=2)))
    updates.wait(name)
    update(updates, name, NEW, rolling(alarm))
    until_shrunk(updates, name)
    bucket, _, key = archive.removeprefix("s3://").partition("/")
    fast_aws.client("s3").delete_object(Bucket=bucket, Key=key)  # the old instances can't start again
    fast_aws.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    described = updates.wait(name, "UpdateRollbackFailed")
    assert alarm in described["FailureReason"]
    assert "Could not find model data" in described["FailureReason"]
    assert {updates.predict(name, b"") for _ in range(20)} == {b"1:", b"2:"}
    more = {"VariantName": "AllTraffic", "DesiredInstanceCount": 2}
    with pytest.raises(ClientError, match="Call UpdateEndpoint"):
        updates.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=[more])
    config = update(updates, name, NEW, {})
    assert updates.wait(name)["EndpointConfigName"] == config
    assert {updates.predict(name, b"") for _ in range(10)} == {b"2:"}
    updates.sagemaker.delete_endpoint(EndpointName=name)


def test_a_failed_scaling_leaves_weights_and_instances(updates, fast_aws):
    archive = updates.archive(server())
    name = updates.start(updates.config(updates.variant(updates.model(ModelDataUrl=archive))))
    updates.wait(name)
    bucket, _, key = archive.removeprefix("s3://").partition("/")
    fast_aws.client("s3").delete_object(Bucket=bucket, Key=key)
    more = {"VariantName": "AllTraffic", "DesiredInstanceCount": 2, "DesiredWeight": 0.5}
    updates.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=[more])
    described = updates.wait(name)
    (variant,) = described["ProductionVariants"]
    assert described["EndpointStatus"] == "InService"
    assert described["FailureReason"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"], variant["CurrentWeight"]) == (1, 1, 1.0)
    updates.sagemaker.delete_endpoint(EndpointName=name)


def test_each_step_of_a_deployment_is_an_event(updates, endpoint, fast_aws):
    events, queues = fast_aws.client("events"), fast_aws.client("sqs")
    queue = queues.create_queue(QueueName=endpoint)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "detail-type": ["SageMaker Endpoint Deployment State Change"],
        "detail": {"EndpointName": [endpoint], "EndpointStatus": ["UPDATING"]},
    }
    events.put_rule(Name=endpoint, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=endpoint, Targets=[{"Id": "queue", "Arn": arn}])
    config = update(updates, endpoint, NEW, {})
    updates.wait(endpoint)
    (message,) = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    summary = json.loads(message["Body"])["detail"]["PendingDeploymentSummary"]
    assert summary["EndpointConfigName"] == config
    (status,) = summary["ProductionVariants"][0]["VariantStatus"]
    assert (status["Status"], status["StatusMessage"]) == ("Creating", "Launching 2 instance(s).")
    assert isinstance(status["StartTime"], int)


def test_an_alarm_that_does_not_exist_rolls_back(updates, endpoint):
    update(updates, endpoint, NEW, blue_green("CANARY", "no-such-alarm", **CANARY))
    assert "no-such-alarm" in updates.wait(endpoint)["FailureReason"]


def test_the_deployment_configuration_of_the_creation_can_be_retained(updates):
    name, deployment = f"retained-{uuid.uuid4().hex[:8]}", blue_green("CANARY", **CANARY)
    config = updates.config(updates.variant(updates.model(), InitialInstanceCount=2))
    updates.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, DeploymentConfig=deployment)
    assert updates.wait(name)["LastDeploymentConfig"] == deployment
    update(updates, name, NEW, {}, RetainDeploymentConfig=True)
    assert "canary capacity" in pending(updates, name, "Baking")["VariantStatus"][0]["StatusMessage"]
    assert updates.wait(name)["LastDeploymentConfig"] == deployment
    updates.sagemaker.delete_endpoint(EndpointName=name)


def test_a_pool_without_capacity_falls_back(updates):
    pools = [{"InstanceType": "ml.c5.large", "Priority": 1}, {"InstanceType": "ml.m5.large", "Priority": 2}]
    variant = updates.variant(updates.model(), InstancePools=pools)
    del variant["InstanceType"]
    name = updates.start(updates.config(variant))
    (described,) = updates.wait(name)["ProductionVariants"]
    assert described["InstancePools"] == [
        {"InstanceType": "ml.c5.large", "CurrentInstanceCount": 0},
        {"InstanceType": "ml.m5.large", "CurrentInstanceCount": 1},
    ]
    updates.sagemaker.delete_endpoint(EndpointName=name)


def test_a_type_without_capacity_fails_an_endpoint_that_can_be_deleted(updates):
    name = updates.start(updates.config(updates.variant(updates.model(), InstanceType="ml.c5.large")))
    assert "InsufficientInstanceCapacity" in updates.wait(name)["FailureReason"]
    updates.sagemaker.delete_endpoint(EndpointName=name)
    updates.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1})
