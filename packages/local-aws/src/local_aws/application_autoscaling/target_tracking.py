"""Target tracking: the two alarms of a policy, and the capacity that a metric asks for."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import not_implemented, validation_error

Record = dict[str, Any]
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
DEFAULT_COOLDOWN = 300
"""ScaleInCooldown and ScaleOutCooldown of SageMaker's targets, in seconds."""
OUT_PERIODS, IN_SECONDS = 3, 900
"""How many datapoints scale out, and how long a metric has to be low (as in alarms of real policies)."""
CLEARLY_BELOW = 0.9
"""The share of the target value that is the threshold of the low alarm."""
PREDEFINED: Mapping[str, tuple[str, str, str, int]] = {
    "SageMakerVariantInvocationsPerInstance": (INSTANCES, "InvocationsPerInstance", "Sum", 60),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": (
        INSTANCES,
        "ConcurrentRequestsPerModel",
        "Maximum",
        10,
    ),
    "SageMakerVariantProvisionedConcurrencyUtilization": (
        CONCURRENCY,
        "ServerlessProvisionedConcurrencyUtilization",
        "Maximum",
        60,
    ),
}
"""Dimension, metric, statistic and period by predefined metric."""


def alarms_of(policy: Mapping[str, Any]) -> list[Record]:
    """The alarms that PutScalingPolicy creates, without their state: AlarmHigh, and AlarmLow if it may scale in."""
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    metric, period = _metric(policy, tracking)
    target = tracking["TargetValue"]
    high = _alarm(policy, "High", "GreaterThanThreshold", target, OUT_PERIODS)
    low = _alarm(policy, "Low", "LessThanThreshold", target * CLEARLY_BELOW, IN_SECONDS // period)
    return [{**metric, **alarm} for alarm in ([high] if tracking.get("DisableScaleIn") else [high, low])]


def wanted_capacity(policy: Mapping[str, Any], capacity: int, value: float) -> int:
    """The capacity at which the metric would be at its target, if it is inversely proportional to the capacity.

    Rounded up, because a metric above the target is worse than one below. An empty variant counts as one instance.
    """
    target = float(policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"])
    return math.ceil(round(max(capacity, 1) * value / target, 6))


def check_metric(request: Mapping[str, Any]) -> None:
    """Refuse a policy whose metric can't be watched."""
    tracking = request.get("TargetTrackingScalingPolicyConfiguration")
    if tracking and request["ServiceNamespace"] == "sagemaker":
        _metric(request, tracking)


def _metric(policy: Mapping[str, Any], tracking: Mapping[str, Any]) -> tuple[Record, int]:
    """The members of PutMetricAlarm that say what is watched, and the period."""
    if "PredefinedMetricSpecification" in tracking:
        return _predefined(policy, tracking["PredefinedMetricSpecification"]["PredefinedMetricType"])
    custom = tracking["CustomizedMetricSpecification"]
    if "Metrics" in custom:
        return {"Metrics": [_query(item) for item in custom["Metrics"]]}, 60
    dimensions = [dict(item) for item in custom.get("Dimensions", ())]
    names = {name: custom[name] for name in ("MetricName", "Namespace", "Statistic", "Unit") if custom.get(name)}
    return {**names, "Dimensions": dimensions, "Period": 60}, 60


def _predefined(policy: Mapping[str, Any], kind: str) -> tuple[Record, int]:
    if kind.startswith("SageMakerInferenceComponent"):
        raise not_implemented(f"inference components: {kind}")
    dimension, metric, statistic, period = PREDEFINED.get(kind, ("", "", "", 0))
    if dimension != policy["ScalableDimension"]:
        raise validation_error(
            f"The predefined metric type {kind} can't be used with the scalable dimension "
            f"{policy['ScalableDimension']}."
        )
    _, endpoint, _, variant = policy["ResourceId"].split("/")
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    names = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Statistic": statistic}
    return {**names, "Dimensions": dimensions, "Period": period}, period


def _query(item: Mapping[str, Any]) -> Record:
    query = dict(item)
    if "MetricStat" in item:
        query["MetricStat"] = {"Period": 60, **item["MetricStat"]}
    return query


def _alarm(policy: Mapping[str, Any], side: str, comparison: str, threshold: float, periods: int) -> Record:
    arn = policy["PolicyARN"]
    return {
        "AlarmName": f"TargetTracking-{policy['ResourceId']}-Alarm{side}-{uuid.uuid4()}",
        "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.",
        "ComparisonOperator": comparison,
        "Threshold": float(threshold),
        "EvaluationPeriods": periods,
        "TreatMissingData": "missing",
        "AlarmActions": [arn],
    }
