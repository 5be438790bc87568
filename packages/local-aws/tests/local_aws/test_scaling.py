"""Endpoints scale, on a server whose clock is 60 times as fast: metrics, alarms, target tracking, schedules."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws
from tests.local_aws.plain_endpoints import PlainEndpoints

DIMENSION = "sagemaker:variant:DesiredInstanceCount"


@pytest.fixture(scope="module")
def fast() -> Iterator[PlainEndpoints]:
    with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": "60"}) as aws:
        aws.client("s3").create_bucket(Bucket="scaling")
        yield PlainEndpoints(aws, "scaling")


@pytest.fixture
def endpoint(fast: PlainEndpoints) -> str:
    return fast.serving()


def target(endpoint: str) -> dict[str, str]:
    resource = f"endpoint/{endpoint}/variant/AllTraffic"
    return {"ServiceNamespace": "sagemaker", "ResourceId": resource, "ScalableDimension": DIMENSION}


def register(aws: LocalAws, endpoint: str, low: int, high: int) -> Any:
    scaling = aws.client("application-autoscaling")
    scaling.register_scalable_target(**target(endpoint), MinCapacity=low, MaxCapacity=high)
    return scaling


def until(check: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (result := check()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return result


def count(endpoints: PlainEndpoints, name: str) -> int:
    return int(endpoints.describe(name)["ProductionVariants"][0]["CurrentInstanceCount"])


def activities(aws: LocalAws, endpoint: str, **members: Any) -> list[dict[str, Any]]:
    scaling = aws.client("application-autoscaling")
    response = scaling.describe_scaling_activities(
        ServiceNamespace="sagemaker", ResourceId=target(endpoint)["ResourceId"], **members
    )
    return list(response["ScalingActivities"])


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


def put_alarm(cloudwatch: Any, name: str, series: str, **members: Any) -> None:
    metric = {"Namespace": "Own", "MetricName": "Backlog", "Dimensions": [{"Name": "Of", "Value": series}]}
    if "Metrics" not in members:
        members = {**metric, "Period": 60, "Statistic": "Maximum", **members}
    if "ExtendedStatistic" in members:
        del members["Statistic"]
    comparison = {"Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(AlarmName=name, EvaluationPeriods=1, **comparison, **members)


def put_value(cloudwatch: Any, series: str, *values: float, metric: str = "Backlog") -> None:
    dimensions = [{"Name": "Of", "Value": series}]
    datum = {"MetricName": metric, "Dimensions": dimensions, "Values": list(values)}
    cloudwatch.put_metric_data(Namespace="Own", MetricData=[datum])


def alarms(aws: LocalAws, *names: str) -> list[dict[str, Any]]:
    return list(aws.client("cloudwatch").describe_alarms(AlarmNames=list(names))["MetricAlarms"])


def test_an_alarm_sees_only_its_dimensions_and_their_percentile(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    put_alarm(cloudwatch, "p50", "slow", ExtendedStatistic="p50")
    put_alarm(cloudwatch, "p99", "slow", ExtendedStatistic="p99")
    put_value(cloudwatch, "slow", *[0.5] * 9, 8.0)
    put_value(cloudwatch, "other", *[9.0] * 50)
    until(lambda: alarms(fast.aws, "p99")[0]["StateValue"] == "ALARM")
    median, _ = alarms(fast.aws, "p50", "p99")
    assert median["StateValue"] == "OK"
    assert median["StateReason"].startswith("Threshold Crossed: 1 datapoint [0.5 (")


def test_a_query_without_dimensions_is_of_another_metric(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    put_value(cloudwatch, "queried", 1.0, metric="Queried")
    now = datetime.now(UTC)
    period = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5), "Period": 600}
    query = {"Namespace": "Own", "MetricName": "Queried", "Statistics": ["Sum"], **period}
    assert not cloudwatch.get_metric_statistics(**query)["Datapoints"]
    assert cloudwatch.get_metric_statistics(**query, Dimensions=[{"Name": "Of", "Value": "queried"}])["Datapoints"]


def test_an_alarm_changes_when_data_stops(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    put_alarm(cloudwatch, "silent", "never", TreatMissingData="breaching")
    put_alarm(cloudwatch, "brief", "brief")
    put_value(cloudwatch, "brief", 2.0)
    until(lambda: alarms(fast.aws, "brief")[0]["StateValue"] == "ALARM")
    until(lambda: alarms(fast.aws, "brief")[0]["StateValue"] == "INSUFFICIENT_DATA")
    (silent,) = alarms(fast.aws, "silent")
    assert silent["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period "
        "and 1 missing datapoint was treated as [Breaching]."
    )


def test_an_alarm_watches_an_expression(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")

    def stat(name: str) -> dict[str, Any]:
        metric = {"Namespace": "Own", "MetricName": name, "Dimensions": [{"Name": "Of", "Value": "math"}]}
        return {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "errors / calls * 100", "ReturnData": True}
    put_alarm(cloudwatch, "rate", "math", Metrics=[stat("Errors"), stat("Calls"), rate])
    put_value(cloudwatch, "math", 1.0, metric="Errors")
    put_value(cloudwatch, "math", 10.0, metric="Calls")
    until(lambda: alarms(fast.aws, "rate")[0]["StateValue"] == "ALARM")
    assert "[10.0 (" in alarms(fast.aws, "rate")[0]["StateReason"]


def test_an_alarm_that_cannot_be_evaluated_is_refused(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    for members in ({"ExtendedStatistic": "tm90"}, {"Period": 45}):
        with pytest.raises(ClientError):
            put_alarm(cloudwatch, "refused", "math", **members)
    assert not alarms(fast.aws, "refused")
