"""The alarms of one endpoint, which also roll back an update of it."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from launchpad.requests.endpoint import VARIANT
from launchpad.settings import AlarmSettings
from stacks.constructs.threshold_alarm import threshold_alarm

MINUTE = 60
MICROSECONDS = 1000
"""Microseconds in a millisecond; SageMaker measures latency in microseconds."""


def endpoint_alarms(
    scope: Construct, endpoint: str, settings: AlarmSettings, topic_arn: str
) -> list[cloudwatch.CfnAlarm]:
    """Create alarms on 5xx responses and on slow ones, in two of three minutes so that one hiccup is no alarm."""
    dimensions = {"EndpointName": endpoint, "VariantName": VARIANT}
    errors = threshold_alarm(
        scope,
        "ServerErrors",
        description=f"{endpoint} answers with 5xx; its container's log says why.",
        namespace="AWS/SageMaker",
        metric="Invocation5XXErrors",
        dimensions=dimensions,
        statistic="Sum",
        threshold=settings.server_errors,
        topic_arn=topic_arn,
        period=MINUTE,
        periods=3,
        breaching=2,
    )
    latency = threshold_alarm(
        scope,
        "Latency",
        description=f"{endpoint} is slow: one in a hundred answers takes {settings.latency_milliseconds} ms or more.",
        namespace="AWS/SageMaker",
        metric="ModelLatency",
        dimensions=dimensions,
        statistic="p99",
        threshold=settings.latency_milliseconds * MICROSECONDS,
        topic_arn=topic_arn,
        period=MINUTE,
        periods=3,
        breaching=2,
    )
    return [errors, latency]
