"""The arithmetic of scaling: target tracking, steps, and when schedules are due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from local_aws.api.errors import AwsError
from local_aws.application_autoscaling.schedule import next_due
from local_aws.application_autoscaling.step_scaling import stepped_capacity
from local_aws.application_autoscaling.target_tracking import alarms_of, wanted_capacity
from local_aws.clock import Clock


def tracking(**members: Any) -> dict[str, Any]:
    predefined = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    configuration = {"TargetValue": 100.0, "PredefinedMetricSpecification": predefined, **members}
    return {
        "PolicyName": "track",
        "PolicyARN": "arn:policy",
        "ResourceId": "endpoint/e/variant/v",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "TargetTrackingScalingPolicyConfiguration": configuration,
    }


@pytest.mark.parametrize(
    ("capacity", "value", "wanted"), [(2, 250, 5), (2, 100, 2), (2, 101, 3), (4, 50, 2), (4, 0, 0), (0, 300, 3)]
)
def test_capacity_is_proportional_and_rounded_up(capacity: int, value: float, wanted: int) -> None:
    assert wanted_capacity(tracking(), capacity, value) == wanted


def test_the_two_alarms_watch_the_variants_metric() -> None:
    high, low = alarms_of(tracking())
    assert high["AlarmName"].startswith("TargetTracking-endpoint/e/variant/v-AlarmHigh-")
    assert (high["Threshold"], high["EvaluationPeriods"], high["Statistic"]) == (100.0, 3, "Sum")
    assert (low["Threshold"], low["EvaluationPeriods"], low["ComparisonOperator"]) == (90.0, 15, "LessThanThreshold")
    assert {item["Name"]: item["Value"] for item in high["Dimensions"]} == {"EndpointName": "e", "VariantName": "v"}


def test_a_high_resolution_metric_has_alarms_of_ten_seconds() -> None:
    concurrency = {"PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"}
    high, low = alarms_of(tracking(PredefinedMetricSpecification=concurrency))
    assert (high["Period"], high["EvaluationPeriods"], low["EvaluationPeriods"]) == (10, 3, 90)


def test_a_predefined_metric_of_another_dimension_is_refused() -> None:
    utilization = {"PredefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"}
    with pytest.raises(AwsError, match="scalable dimension"):
        alarms_of(tracking(PredefinedMetricSpecification=utilization))


def test_without_scale_in_there_is_no_low_alarm() -> None:
    assert len(alarms_of(tracking(DisableScaleIn=True))) == 1


STEPS = [
    {"MetricIntervalUpperBound": -10.0, "ScalingAdjustment": -30},
    {"MetricIntervalLowerBound": -10.0, "MetricIntervalUpperBound": 0.0, "ScalingAdjustment": -10},
    {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 10},
    {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 30},
]
PERCENT = {"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": STEPS}


@pytest.mark.parametrize(("value", "capacity"), [(59, 11), (60, 13), (41, 9), (40, 7), (0, 7)])
def test_the_step_of_the_breach_adjusts(value: float, capacity: int) -> None:
    assert stepped_capacity(PERCENT, 50.0, [value], 10) == capacity


@pytest.mark.parametrize(("adjustment", "capacity"), [(4, 11), (127, 22), (-6, 9), (-67, 4)])
def test_percentages_round_towards_zero_but_to_one(adjustment: int, capacity: int) -> None:
    steps = [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": adjustment}]
    assert stepped_capacity({**PERCENT, "StepAdjustments": steps}, 50.0, [60.0], 10) == capacity


def test_a_least_magnitude_holds_for_percentages() -> None:
    assert stepped_capacity({**PERCENT, "MinAdjustmentMagnitude": 5}, 50.0, [60.0], 10) == 15


def test_missing_data_changes_nothing() -> None:
    assert stepped_capacity(PERCENT, 50.0, [], 10) is None


def no_time(_expression: str, _after: datetime) -> datetime | None:
    return None


def test_a_rate_passes_on_the_clock() -> None:
    assert next_due({"Schedule": "rate(5 minutes)"}, 1000.0, Clock(60), no_time) == 1005.0


def test_a_cron_expression_is_due_in_its_timezone() -> None:
    zones: list[str] = []

    def next_time(_expression: str, after: datetime) -> datetime:
        zones.append(str(after.tzinfo))
        return after + timedelta(hours=1)

    action = {"Schedule": "cron(0 20 ? * MON-FRI *)", "Timezone": "Europe/Berlin"}
    assert next_due(action, 0.0, Clock(60), next_time) == 3600.0
    assert zones == ["Europe/Berlin"]


def test_a_schedule_ends_at_its_end_time() -> None:
    assert next_due({"Schedule": "rate(1 hour)", "EndTime": 100.0}, 0.0, Clock(), no_time) is None


def test_an_unknown_timezone_is_refused() -> None:
    with pytest.raises(AwsError, match="timezone"):
        next_due({"Schedule": "cron(0 8 * * ? *)", "Timezone": "Europe/Nowhere"}, 0.0, Clock(), no_time)


@pytest.mark.parametrize("text", ["0", "-1", "fast", "inf", "nan", "1001"])
def test_a_speed_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="LOCAL_AWS_CLOCK"):
        Clock.of({"LOCAL_AWS_CLOCK": text})


def test_the_clock_divides_waiting_times() -> None:
    assert Clock.of({"LOCAL_AWS_CLOCK": "60"}).seconds(300) == 5
    assert Clock.of({}).speed == 1
