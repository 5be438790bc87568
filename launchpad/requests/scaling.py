"""Scaling of an endpoint by Application Auto Scaling: by load, by the clock, and for asynchronous ones down to zero.

Note: an asynchronous endpoint publishes none of the metrics that scale the others, and its backlog per instance is
undefined where there is no instance. So a second policy, driven by a separate alarm, adds the first instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.requests.context import Definition, Environment, Request
from launchpad.requests.endpoint_alarms import MINUTE, alarm_name
from launchpad.requests.model import serving_section
from launchpad.requests.names import digest
from launchpad.requests.runbooks import with_runbook
from launchpad.requests.variants import VARIANT

NAMESPACE = "sagemaker"
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED = "sagemaker:variant:DesiredProvisionedConcurrency"
METRICS = {
    "invocations_per_minute": "SageMakerVariantInvocationsPerInstance",
    "concurrency": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    "utilization": "SageMakerVariantProvisionedConcurrencyUtilization",
}
"""The predefined metric of each target of `serving.scaling`; a backlog has a customized metric."""
WAKE_UP = "wake-up"
"""The end of the name of the policy that adds an instance where there is none."""


@dataclass(frozen=True)
class ScalingCall:
    """One call of Application Auto Scaling: an operation of the boto3 client, and its keyword arguments."""

    operation: str
    request: Request


def scaling_requests(
    definition: Definition, environment: Environment, endpoint_name: str, variant: str = VARIANT
) -> list[ScalingCall]:
    """The calls that scale an endpoint, in the order in which they must be made; none without `serving.scaling`.

    The endpoint must be in service. `put_scaling_policy` returns the ARN of the policy that ends with `WAKE_UP`, which
    `wake_up_alarm_request` needs.
    """
    del environment  # every name begins with the environment
    section = serving_section(definition)
    scaling = section.get("scaling")
    if not scaling:
        return []
    target = scalable_target(section, endpoint_name, variant)
    bounds = {"MinCapacity": scaling["minimum"], "MaxCapacity": scaling["maximum"]}
    return [
        ScalingCall("register_scalable_target", {**target, **bounds}),
        *(
            ScalingCall("put_scaling_policy", {**target, **policy})
            for policy in _policies(scaling, endpoint_name, variant)
        ),
        *(ScalingCall("put_scheduled_action", {**target, **action}) for action in _actions(scaling)),
    ]


def scalable_target(section: Mapping[str, Any], endpoint_name: str, variant: str = VARIANT) -> Request:
    """What is scaled: `deregister_scalable_target` and the Describe operations take it too."""
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": f"endpoint/{endpoint_name}/variant/{variant}",
        "ScalableDimension": PROVISIONED if section.get("mode") == "serverless" else INSTANCES,
    }


def wake_up_alarm_request(
    definition: Definition, environment: Environment, endpoint_name: str, policy_arn: str
) -> Request | None:
    """The keyword arguments of `put_metric_alarm` for the alarm that adds the first instance; None if it isn't needed.

    "Autoscale an asynchronous endpoint" (developer guide) has the metric and the periods.
    """
    if not _wakes_up(serving_section(definition).get("scaling")):
        return None
    return {
        "AlarmName": alarm_name(environment, endpoint_name, VARIANT, "BacklogWithoutCapacity"),
        "AlarmDescription": with_runbook(
            f"{endpoint_name} has requests and no instance: one is started.",
            environment.runbooks,
            "backlog-without-capacity",
        ),
        "Namespace": "AWS/SageMaker",
        "MetricName": "HasBacklogWithoutCapacity",
        "Dimensions": [{"Name": "EndpointName", "Value": endpoint_name}],
        "Statistic": "Average",
        "Period": MINUTE,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "AlarmActions": [policy_arn],
    }


def _policies(scaling: Mapping[str, Any], endpoint_name: str, variant: str) -> list[Request]:
    target = next(key for key in (*METRICS, "backlog") if scaling.get(key) is not None)
    tracking = {
        "PolicyName": _named(endpoint_name, variant, target.partition("_")[0]),
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": scaling[target],
            "ScaleOutCooldown": scaling["scale_out_cooldown"],
            "ScaleInCooldown": scaling["scale_in_cooldown"],
            **_metric(target, endpoint_name),
        },
    }
    return [tracking, _wake_up(scaling, endpoint_name, variant)] if _wakes_up(scaling) else [tracking]


def _metric(target: str, endpoint_name: str) -> Request:
    if target in METRICS:
        return {"PredefinedMetricSpecification": {"PredefinedMetricType": METRICS[target]}}
    return {
        "CustomizedMetricSpecification": {
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Namespace": "AWS/SageMaker",
            "Dimensions": [{"Name": "EndpointName", "Value": endpoint_name}],
            "Statistic": "Average",
        }
    }


def _wakes_up(scaling: Mapping[str, Any] | None) -> bool:
    """Whether there may be no instance, at any time of the day."""
    if not scaling or scaling.get("backlog") is None:
        return False
    return 0 in (scaling["minimum"], *(entry["minimum"] for entry in scaling["schedule"]))


def _wake_up(scaling: Mapping[str, Any], endpoint_name: str, variant: str) -> Request:
    return {
        "PolicyName": _named(endpoint_name, variant, WAKE_UP),
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Average",
            "Cooldown": scaling["scale_out_cooldown"],
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    }


def _actions(scaling: Mapping[str, Any]) -> list[Request]:
    return [
        {
            "ScheduledActionName": f"schedule-{digest(entry['cron'] + entry['timezone'])}",
            "Schedule": f"cron({entry['cron']})",
            "Timezone": entry["timezone"],
            "ScalableTargetAction": {
                key: entry[bound]
                for key, bound in (("MinCapacity", "minimum"), ("MaxCapacity", "maximum"))
                if entry[bound] is not None
            },
        }
        for entry in scaling["schedule"]
    ]


def _named(endpoint_name: str, variant: str, purpose: str) -> str:
    return f"{endpoint_name}-{purpose}" if variant == VARIANT else f"{endpoint_name}-{variant}-{purpose}"
