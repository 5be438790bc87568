"""Scaling and alarms of an endpoint are requests that Application Auto Scaling and CloudWatch accept."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from launchpad.requests import endpoint_alarm_requests, scaling_requests, wake_up_alarm_request
from launchpad.requests.context import Environment
from tests.unit.service_model import violations
from tests.unit.test_serving_requests import ENDPOINT, SERVERLESS, SERVERLESS_SECTION, TOPIC, allowing, serving

__all__ = ["allowing"]  # a fixture


def scaling(keys: str, environment: Environment, instance: str = "  instance: {type: ml.m5.large}\n") -> list[Any]:
    calls = scaling_requests(serving(keys, instance), environment, ENDPOINT)
    for call in calls:
        operation = "".join(word.title() for word in call.operation.split("_"))
        assert violations(operation, call.request, "application-autoscaling") == []
    return calls


def test_without_scaling_nothing_is_registered(definition, environment):
    assert scaling_requests(definition, environment, ENDPOINT) == []


@pytest.mark.parametrize(
    ("keys", "metric", "value"),
    [
        ("invocations_per_minute: 600", "SageMakerVariantInvocationsPerInstance", 600),
        ("concurrency: 8", "SageMakerVariantConcurrentRequestsPerModelHighResolution", 8),
    ],
)
def test_an_endpoint_is_scaled_by_its_target(environment, keys, metric, value):
    register, policy = scaling(f"  scaling: {{minimum: 2, maximum: 4, scale_in_cooldown: 9, {keys}}}\n", environment)
    assert register.request == {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{ENDPOINT}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "MinCapacity": 2,
        "MaxCapacity": 4,
    }
    tracking = policy.request["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["PredefinedMetricSpecification"] == {"PredefinedMetricType": metric}
    assert (tracking["TargetValue"], tracking["ScaleOutCooldown"], tracking["ScaleInCooldown"]) == (value, 60, 9)


def test_provisioned_concurrency_has_its_dimension(allowing):
    keys = f"{SERVERLESS}{SERVERLESS_SECTION}  scaling: {{maximum: 4, utilization: 0.7}}\n"
    register, policy = scaling(keys, allowing, "")
    assert register.request["ScalableDimension"] == "sagemaker:variant:DesiredProvisionedConcurrency"
    assert policy.request["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 0.7


ASYNC_TO_ZERO = "  mode: async\n  scaling: {minimum: 0, maximum: 4, backlog: 5}\n"


def test_an_async_endpoint_wakes_up_from_zero(environment):
    _, tracking, step = scaling(ASYNC_TO_ZERO, environment)
    metric = tracking.request["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    assert (metric["MetricName"], metric["Statistic"]) == ("ApproximateBacklogSizePerInstance", "Average")
    assert step.request["PolicyType"] == "StepScaling"
    assert step.request["StepScalingPolicyConfiguration"]["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}
    ]
    alarm = wake_up_alarm_request(serving(ASYNC_TO_ZERO), environment, ENDPOINT, "arn:policy")
    assert alarm
    assert violations("PutMetricAlarm", alarm, "cloudwatch") == []
    assert (alarm["MetricName"], alarm["AlarmActions"]) == ("HasBacklogWithoutCapacity", ["arn:policy"])


def test_an_async_endpoint_that_is_never_empty_needs_no_waking(environment):
    keys = ASYNC_TO_ZERO.replace("minimum: 0", "minimum: 1")
    assert len(scaling(keys, environment)) == 2
    assert wake_up_alarm_request(serving(keys), environment, ENDPOINT, "arn:policy") is None


def test_a_schedule_may_be_what_empties_an_async_endpoint(environment):
    night = 'schedule: [{cron: "0 20 ? * * *", minimum: 0}]'
    keys = ASYNC_TO_ZERO.replace("minimum: 0", f"minimum: 1, {night}")
    assert [call.operation for call in scaling(keys, environment)] == [
        "register_scalable_target",
        "put_scaling_policy",
        "put_scaling_policy",
        "put_scheduled_action",
    ]


def test_a_schedule_has_its_time_zone(environment):
    night = '{cron: "0 20 ? * MON-FRI *", timezone: Europe/Berlin, minimum: 1, maximum: 1}'
    *_, action = scaling(f"  scaling: {{maximum: 4, concurrency: 8, schedule: [{night}]}}\n", environment)
    assert action.request["Schedule"] == "cron(0 20 ? * MON-FRI *)"
    assert action.request["Timezone"] == "Europe/Berlin"
    assert action.request["ScalableTargetAction"] == {"MinCapacity": 1, "MaxCapacity": 1}


def test_the_alarms_of_an_endpoint_watch_errors_and_latency(allowing):
    alarms = endpoint_alarm_requests(dataclasses.replace(allowing, alarms={"latency_milliseconds": 40}), ENDPOINT)
    for alarm in alarms.values():
        assert violations("PutMetricAlarm", alarm, "cloudwatch") == []
        assert alarm["AlarmName"].startswith("launchpad-dev-")
        assert alarm["AlarmActions"] == [TOPIC]
    assert (alarms["Latency"]["ExtendedStatistic"], alarms["Latency"]["Threshold"]) == ("p99", 40_000)
    assert (alarms["ServerErrors"]["Statistic"], alarms["ServerErrors"]["Threshold"]) == ("Sum", 1)
