"""The alarms of one endpoint, which also roll back an update of it (`PutMetricAlarm`)."""

from __future__ import annotations

from collections.abc import Mapping

from launchpad.requests.context import Environment, Request
from launchpad.requests.runbooks import with_runbook
from launchpad.requests.variants import VARIANT

MINUTE = 60
MICROSECONDS = 1000
"""Microseconds in a millisecond; SageMaker measures latency in microseconds."""
THRESHOLDS: Mapping[str, int] = {"latency_milliseconds": 1000, "server_errors": 1}
"""Where the config says nothing else (`alarms`)."""


def endpoint_alarm_requests(environment: Environment, endpoint_name: str, variant: str = VARIANT) -> dict[str, Request]:
    """The keyword arguments of `put_metric_alarm`, by what each watches: 5xx answers and slow ones.

    An alarm is raised in two of three minutes, so that one hiccup is no alarm. Its name begins as the serving role's
    permission to describe alarms has it.
    """
    thresholds = {**THRESHOLDS, **environment.alarms}
    milliseconds = thresholds["latency_milliseconds"]
    watched: dict[str, Request] = {
        "ServerErrors": {
            "AlarmDescription": with_runbook(
                f"{endpoint_name} answers with 5xx; its container's log says why.",
                environment.runbooks,
                "server-errors",
            ),
            "MetricName": "Invocation5XXErrors",
            "Statistic": "Sum",
            "Threshold": thresholds["server_errors"],
        },
        "Latency": {
            "AlarmDescription": with_runbook(
                f"{endpoint_name} is slow: one in a hundred answers takes {milliseconds} ms or more.",
                environment.runbooks,
                "latency",
            ),
            "MetricName": "ModelLatency",
            "ExtendedStatistic": "p99",
            "Threshold": milliseconds * MICROSECONDS,
        },
    }
    return {
        kind: {
            "AlarmName": alarm_name(environment, endpoint_name, variant, kind),
            **request,
            **_common(environment, endpoint_name, variant),
        }
        for kind, request in watched.items()
    }


def alarm_name(environment: Environment, endpoint_name: str, variant: str, kind: str) -> str:
    """The name of an alarm that the deploy function makes; CloudFormation generates those of a pin."""
    return f"launchpad-{environment.name}-endpoint-{endpoint_name}-{variant}-{kind}"


def _common(environment: Environment, endpoint_name: str, variant: str) -> Request:
    actions = [environment.alert_topic_arn] if environment.alert_topic_arn else []
    return {
        "Namespace": "AWS/SageMaker",
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint_name},
            {"Name": "VariantName", "Value": variant},
        ],
        "Period": MINUTE,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": actions,
        "OKActions": actions,
    }
