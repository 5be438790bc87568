"""Endpoints scale, on a server whose clock is 60 times as fast: target tracking, steps, schedules, limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_async import until
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.scaled_endpoints import activities, alarms, count, put_alarm, put_value, register, target


@pytest.fixture(scope="module")
def fast() -> Iterator[PlainEndpoints]:
    with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": "60"}) as aws:
        aws.client("s3").create_bucket(Bucket="scaling")
        yield PlainEndpoints(aws, "scaling")


@pytest.fixture
def endpoint(fast: PlainEndpoints) -> str:
    return fast.serving()


def test_load_scales_out_and_its_end_scales_in(fast: PlainEndpoints, endpoint: str) -> None:
    scaling = register(fast.aws, endpoint, 1, 3)
    policy = scaling.put_scaling_policy(
        **target(endpoint),
        PolicyName="invocations",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 2.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 60,
        },
    )
    high, low = (alarm["AlarmName"] for alarm in policy["Alarms"])
    assert high.startswith(f"TargetTracking-endpoint/{endpoint}/variant/AllTraffic-AlarmHigh-")
    ended = threading.Event()

    def load() -> None:
        while not ended.wait(0.05):
            fast.predict(endpoint)

    caller = threading.Thread(target=load)
    caller.start()
    try:
        until(lambda: count(fast, endpoint) == 3)
    finally:
        ended.set()
        caller.join()
    until(lambda: count(fast, endpoint) == 1)
    until(lambda: activities(fast.aws, endpoint)[0]["StatusCode"] == "Successful")
    scaled_in, *_, scaled_out = activities(fast.aws, endpoint)
    assert scaled_out["Cause"] == f"monitor alarm {high} in state ALARM triggered policy invocations"
    assert scaled_out["StatusMessage"] == (
        "Successfully set desired instance count to 3. Change successfully fulfilled by sagemaker."
    )
    assert scaled_in["Cause"] == f"monitor alarm {low} in state ALARM triggered policy invocations"


def test_a_scheduled_action_changes_limits_and_capacity(fast: PlainEndpoints, endpoint: str) -> None:
    scaling = register(fast.aws, endpoint, 1, 4)
    moment = datetime.now(UTC) + timedelta(seconds=2)
    scaling.put_scheduled_action(
        **target(endpoint),
        ScheduledActionName="morning",
        Schedule=f"at({moment:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": 2},
    )
    until(lambda: count(fast, endpoint) == 2)
    capacity, limits = activities(fast.aws, endpoint)
    assert capacity["Cause"] == "minimum capacity was set to 2"
    assert limits["Cause"] == "scheduled action name morning was triggered"
    (described,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[target(endpoint)["ResourceId"]]
    )["ScalableTargets"]
    assert described["MinCapacity"] == 2


def test_a_step_policy_scales_when_its_alarm_goes_off(fast: PlainEndpoints, endpoint: str) -> None:
    scaling, cloudwatch = register(fast.aws, endpoint, 1, 4), fast.aws.client("cloudwatch")
    arn = scaling.put_scaling_policy(
        **target(endpoint),
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 600,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    )["PolicyARN"]
    name = f"backlog-{endpoint}"
    put_alarm(cloudwatch, name, endpoint, AlarmActions=[arn])
    put_value(cloudwatch, endpoint, 3.0)
    until(lambda: count(fast, endpoint) == 2)
    (policy,) = scaling.describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=target(endpoint)["ResourceId"]
    )["ScalingPolicies"]
    assert [alarm["AlarmName"] for alarm in policy["Alarms"]] == [name]
    time.sleep(3)  # three periods in which the alarm is still in ALARM
    assert count(fast, endpoint) == 2


def test_a_suspended_target_is_not_scaled(fast: PlainEndpoints, endpoint: str) -> None:
    scaling = register(fast.aws, endpoint, 1, 4)
    scaling.register_scalable_target(**target(endpoint), SuspendedState={"ScheduledScalingSuspended": True})
    scaling.put_scheduled_action(
        **target(endpoint),
        ScheduledActionName="night",
        Schedule="rate(1 minute)",
        ScalableTargetAction={"MinCapacity": 3},
    )
    time.sleep(2)
    assert count(fast, endpoint) == 1
    scaling.register_scalable_target(**target(endpoint), SuspendedState={"ScheduledScalingSuspended": False})
    until(lambda: count(fast, endpoint) == 3)


def test_a_minimum_above_the_capacity_scales_at_once(fast: PlainEndpoints, endpoint: str) -> None:
    register(fast.aws, endpoint, 2, 4)
    until(lambda: count(fast, endpoint) == 2)
    assert activities(fast.aws, endpoint)[0]["Description"] == "Setting desired instance count to 2."


def test_a_synchronous_endpoint_has_at_least_one_instance(fast: PlainEndpoints, endpoint: str) -> None:
    with pytest.raises(ClientError, match="at least 1"):
        register(fast.aws, endpoint, 0, 4)


def test_a_scaled_variant_keeps_its_instance_type(fast: PlainEndpoints, endpoint: str) -> None:
    scaling = register(fast.aws, endpoint, 1, 4)
    config = fast.config(fast.variant(fast.model(), InstanceType="ml.m5.xlarge"))
    with pytest.raises(ClientError, match="must be deregistered as scalable targets"):
        fast.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    scaling.deregister_scalable_target(**target(endpoint))
    fast.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    assert fast.wait(endpoint)["EndpointConfigName"] == config


def test_a_deleted_endpoint_leaves_no_target_and_no_alarm(fast: PlainEndpoints, endpoint: str) -> None:
    scaling = register(fast.aws, endpoint, 1, 4)
    metric = {"MetricName": "Load", "Namespace": "Own", "Statistic": "Average"}
    policy = scaling.put_scaling_policy(
        **target(endpoint),
        PolicyName="own",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 5.0, "CustomizedMetricSpecification": metric},
    )
    names = [alarm["AlarmName"] for alarm in policy["Alarms"]]
    assert len(alarms(fast.aws, *names)) == 2
    fast.sagemaker.delete_endpoint(EndpointName=endpoint)
    assert not scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[target(endpoint)["ResourceId"]]
    )["ScalableTargets"]
    assert not alarms(fast.aws, *names)


def test_provisioned_concurrency_scales(fast: PlainEndpoints) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 4, "ProvisionedConcurrency": 1}
    variant = {"VariantName": "AllTraffic", "ModelName": fast.model(), "ServerlessConfig": serverless}
    name = fast.start(fast.config(variant))
    assert fast.wait(name)["EndpointStatus"] == "InService"
    resource = {**target(name), "ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency"}
    fast.aws.client("application-autoscaling").register_scalable_target(**resource, MinCapacity=2, MaxCapacity=3)

    def concurrency() -> int:
        config = fast.describe(name)["ProductionVariants"][0]["CurrentServerlessConfig"]
        return int(config["ProvisionedConcurrency"])

    until(lambda: concurrency() == 2)
    assert activities(fast.aws, name)[0]["Description"] == "Setting desired provisioned concurrency to 2."


def test_an_asynchronous_endpoint_scales_to_zero(fast: PlainEndpoints) -> None:
    output = {"OutputConfig": {"S3OutputPath": f"s3://{fast.bucket}/output"}}
    name = fast.start(fast.config(fast.variant(fast.model()), AsyncInferenceConfig=output))
    assert fast.wait(name)["EndpointStatus"] == "InService"
    scaling = register(fast.aws, name, 0, 2)
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Dimensions": [{"Name": "EndpointName", "Value": name}],
        "Statistic": "Average",
    }
    scaling.put_scaling_policy(
        **target(name),
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 5.0, "CustomizedMetricSpecification": metric},
    )
    until(lambda: count(fast, name) == 0)


def test_scaling_goes_on_after_a_restart(tmp_path: Path) -> None:
    def running() -> AbstractContextManager[LocalAws]:
        return running_local_aws(*PLAIN, "--state", str(tmp_path), environment={"LOCAL_AWS_CLOCK": "60"})

    with running() as aws:
        aws.client("s3").create_bucket(Bucket="scaling")
        endpoint = PlainEndpoints(aws, "scaling").serving()
        scaling = register(aws, endpoint, 1, 4)
        steps = [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}]
        arn = scaling.put_scaling_policy(
            **target(endpoint),
            PolicyName="steps",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps},
        )["PolicyARN"]
        put_alarm(aws.client("cloudwatch"), "backlog", endpoint, AlarmActions=[arn])
    with running() as aws:
        endpoints = PlainEndpoints(aws, "scaling")
        assert endpoints.wait(endpoint)["EndpointStatus"] == "InService"
        put_value(aws.client("cloudwatch"), endpoint, 3.0)
        until(lambda: count(endpoints, endpoint) == 2)
        assert activities(aws, endpoint)[0]["Cause"] == "monitor alarm backlog in state ALARM triggered policy steps"
