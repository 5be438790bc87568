"""How an endpoint is updated: new instances take over the traffic in steps, and an alarm rolls the update back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch

from launchpad.settings import PinnedEndpoint

MINUTE = 60
STARTUP_MINUTES = 60
"""The time to start the new instances, in addition to the waiting."""
DRAIN_SECONDS = 120
"""How long the old instances stay after the last step: longer than any request may take."""

_SIZES = {"canary": "CanarySize", "linear": "LinearStepSize"}


def deployment_config(pinned: PinnedEndpoint, instances: int, alarms: Sequence[cloudwatch.CfnAlarm]) -> dict[str, Any]:
    """`DeploymentConfig` of AWS::SageMaker::Endpoint: blue/green, with automatic rollback on `alarms`.

    SageMaker allows a first step of at most half the instances, so a single instance gets all traffic at once. The
    alarms watch it all the same.
    """
    traffic = pinned.traffic if instances > 1 else "all-at-once"
    routing: dict[str, Any] = {
        "Type": traffic.replace("-", "_").upper(),
        "WaitIntervalInSeconds": pinned.bake_minutes * MINUTE,
    }
    if traffic in _SIZES:
        routing[_SIZES[traffic]] = {"Type": "CAPACITY_PERCENT", "Value": pinned.traffic_percent}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": DRAIN_SECONDS,
            "MaximumExecutionTimeoutInSeconds": (pinned.shift_minutes + STARTUP_MINUTES) * MINUTE,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm.ref} for alarm in alarms]},
    }
