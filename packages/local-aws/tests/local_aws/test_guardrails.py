"""A DeploymentConfig becomes the steps that AWS documents, and what AWS excludes is refused."""

from __future__ import annotations

import pytest

from local_aws.api.errors import AwsError
from local_aws.sagemaker.hosting.guardrail_checks import check_deployment, check_policy, is_excluded
from local_aws.sagemaker.hosting.guardrails import instances_of, plan
from local_aws.sagemaker.hosting.rollback_alarms import judged


def percent(value: int) -> dict[str, object]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def count(value: int) -> dict[str, object]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


def blue_green(kind: str, wait: int = 60, end: int = 30, timeout: int | None = None, **sizes: object) -> dict:
    policy = {
        "TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **sizes},
        "TerminationWaitInSeconds": end,
    }
    return {"BlueGreenUpdatePolicy": policy | ({"MaximumExecutionTimeoutInSeconds": timeout} if timeout else {})}


def rolling(size: dict, wait: int = 60, **members: object) -> dict:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": wait, **members}}


def variants(*names: str, instances: int = 4, **members: object) -> list[dict]:
    return [{"VariantName": name, "InitialInstanceCount": instances, **members} for name in names or ("AllTraffic",)]


@pytest.mark.parametrize(
    ("config", "total", "steps"),
    [
        ({}, 3, [(3, 0)]),
        (blue_green("ALL_AT_ONCE"), 3, [(3, 30)]),
        (blue_green("CANARY", CanarySize=percent(30)), 10, [(3, 60), (10, 30)]),
        (blue_green("CANARY", CanarySize=percent(10)), 3, [(1, 60), (3, 30)]),
        (blue_green("LINEAR", LinearStepSize=count(1)), 3, [(1, 60), (2, 60), (3, 30)]),
        (blue_green("LINEAR", LinearStepSize=percent(20)), 10, [(2, 60), (4, 60), (6, 60), (8, 60), (10, 30)]),
        (blue_green("LINEAR", LinearStepSize=count(2)), 5, [(2, 60), (4, 60), (5, 30)]),
        (rolling(count(2)), 4, [(2, 60), (4, 60)]),
        (rolling(percent(5)), 2, [(1, 60), (2, 60)]),
    ],
)
def test_a_policy_becomes_steps_with_baking_periods(config, total, steps):
    assert [(step.active, step.bake_seconds) for step in plan(config, total).steps] == steps


def test_only_a_rolling_plan_has_a_rollback_batch():
    assert not plan(blue_green("CANARY", CanarySize=count(1)), 4).is_rolling
    assert plan(rolling(count(1)), 4).rollback_batch == 4
    assert plan(rolling(count(1), RollbackMaximumBatchSize=percent(50)), 4).rollback_batch == 2


@pytest.mark.parametrize(("size", "total", "instances"), [(percent(1), 3, 1), (percent(50), 3, 2), (count(9), 4, 4)])
def test_a_capacity_is_at_least_one_instance(size, total, instances):
    assert instances_of(size, total) == instances


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({**rolling(count(1)), **blue_green("ALL_AT_ONCE")}, "Only one update policy"),
        (blue_green("CANARY"), "must have CanarySize"),
        (blue_green("LINEAR", CanarySize=percent(10)), "must have LinearStepSize"),
        (blue_green("CANARY", CanarySize=percent(51)), "CanarySize 51 .* less than or equal to 50%"),
        (blue_green("LINEAR", LinearStepSize=percent(9)), "LinearStepSize 9 .* 10-50%"),
        (blue_green("LINEAR", LinearStepSize=percent(60)), "LinearStepSize 60 .* 10-50%"),
        (rolling(percent(4)), "MaximumBatchSize 4 .* 5-50%"),
    ],
)
def test_a_policy_is_refused_whatever_the_endpoint(config, words):
    with pytest.raises(AwsError, match=words):
        check_policy(config)


@pytest.mark.parametrize(
    ("config", "new", "words"),
    [
        (blue_green("CANARY", CanarySize=count(3)), variants(), "CanarySize 3"),
        (blue_green("CANARY", CanarySize=percent(10)), variants(instances=1), "CanarySize 10"),
        (blue_green("LINEAR", LinearStepSize=count(1)), variants(instances=11), "LinearStepSize 1"),
        (blue_green("CANARY", CanarySize=count(1)), variants("Other"), "same variant name"),
        (blue_green("ALL_AT_ONCE"), variants("AllTraffic", "Second"), "same variant name"),
        (rolling(count(1)), variants("AllTraffic", "Second"), "same variant name"),
        (blue_green("CANARY", 600, 600, 1200, CanarySize=count(1)), variants(), "should be larger than .* 1200"),
        (rolling(count(1), 3600, MaximumExecutionTimeoutInSeconds=14400), variants(), "should be larger"),
    ],
)
def test_an_update_is_refused_that_breaks_a_limit(config, new, words):
    with pytest.raises(AwsError, match=words) as caught:
        check_deployment(config, variants(), new)
    assert caught.value.code == "ValidationException"


def test_a_rolling_update_has_exclusions():
    two = variants("One", "Two")
    with pytest.raises(AwsError, match="multi-variant"):
        check_deployment(rolling(count(1)), two, two)
    serverless = [{"VariantName": "AllTraffic", "ServerlessConfig": {}}]
    with pytest.raises(AwsError, match="serverless"):
        check_deployment(rolling(count(1)), serverless, serverless)


def test_updates_within_the_limits_are_accepted():
    check_deployment({}, variants(), variants("Other", "Another"))
    check_deployment(blue_green("ALL_AT_ONCE"), variants(instances=1), variants(instances=1))
    check_deployment(blue_green("CANARY", 600, 600, 1201, CanarySize=count(2)), variants(), variants())
    check_deployment(rolling(percent(50)), variants(), variants(instances=2))


def test_inf1_and_serverless_endpoints_fall_back():
    assert is_excluded(variants(), ["ml.inf1.xlarge"])
    assert is_excluded([{"VariantName": "AllTraffic", "ServerlessConfig": {}}], [])
    assert not is_excluded(variants(), ["ml.inf2.xlarge"])


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"a": "OK", "b": "INSUFFICIENT_DATA"}, None),
        ({"a": "OK", "b": "ALARM"}, "in ALARM state: b."),
        ({"a": "OK"}, "do not exist: b."),
    ],
)
def test_only_an_alarm_in_alarm_or_missing_rolls_back(states, words):
    problem = judged(["a", "b"], states)
    assert problem is None if words is None else problem and problem.endswith(words)
