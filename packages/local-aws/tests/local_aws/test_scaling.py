"""Endpoints scale: metrics, alarms, target tracking and scheduled actions on a server whose clock is 60 times as fast."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
