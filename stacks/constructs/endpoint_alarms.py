"""The alarms of one endpoint, which also roll back an update of it: the deploy function's requests as resources."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from launchpad.requests import Definition, Environment, Request, endpoint_alarm_requests, monitoring_alarm_requests
from launchpad.requests.variants import VARIANT


def endpoint_alarms(
    scope: Construct, environment: Environment, endpoint: str, variant: str = VARIANT
) -> list[cloudwatch.CfnAlarm]:
    """Create alarms on 5xx responses and on slow ones of one variant. CloudFormation generates their names."""
    requests = endpoint_alarm_requests(environment, endpoint, variant)
    suffix = "" if variant == VARIANT else variant
    return [alarm(scope, f"{kind}{suffix}", request) for kind, request in requests.items()]


def monitoring_alarms(
    scope: Construct, definition: Definition, environment: Environment, endpoint: str, variants: Sequence[str]
) -> list[cloudwatch.CfnAlarm]:
    """Create the alarms of a monitored endpoint, which roll nothing back: a drift is no fault of an update."""
    requests = monitoring_alarm_requests(definition, environment, endpoint, variants)
    return [alarm(scope, kind, request) for kind, request in requests.items()]


def alarm(scope: Construct, name: str, request: Request) -> cloudwatch.CfnAlarm:
    """Turn a request of `put_metric_alarm` into a resource, which gets the environment's tags."""
    resource = cloudwatch.CfnAlarm(
        scope,
        name,
        comparison_operator=request["ComparisonOperator"],
        evaluation_periods=request["EvaluationPeriods"],
        alarm_actions=request["AlarmActions"],  # scanners see no overrides
    )
    for key, value in request.items():
        if key != "AlarmName":
            resource.add_property_override(key, value)
    return resource
