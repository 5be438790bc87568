"""Endpoints that are registered as scalable targets, and the alarms that scale them."""

from __future__ import annotations

from typing import Any

from tests.local_aws.launcher import LocalAws
from tests.local_aws.plain_endpoints import PlainEndpoints

DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def target(endpoint: str) -> dict[str, str]:
    resource = f"endpoint/{endpoint}/variant/AllTraffic"
    return {"ServiceNamespace": "sagemaker", "ResourceId": resource, "ScalableDimension": DIMENSION}


def register(aws: LocalAws, endpoint: str, low: int, high: int) -> Any:
    scaling = aws.client("application-autoscaling")
    scaling.register_scalable_target(**target(endpoint), MinCapacity=low, MaxCapacity=high)
    return scaling


def count(endpoints: PlainEndpoints, name: str) -> int:
    return int(endpoints.describe(name)["ProductionVariants"][0]["CurrentInstanceCount"])


def activities(aws: LocalAws, endpoint: str, **members: Any) -> list[dict[str, Any]]:
    scaling = aws.client("application-autoscaling")
    response = scaling.describe_scaling_activities(
        ServiceNamespace="sagemaker", ResourceId=target(endpoint)["ResourceId"], **members
    )
    return list(response["ScalingActivities"])


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
