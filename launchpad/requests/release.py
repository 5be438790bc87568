"""`DeploymentConfig` of `CreateEndpoint` and `UpdateEndpoint`: how an update shifts traffic, and what rolls it back.

The limits are those of the deployment guardrails (`BlueGreenUpdatePolicy`, `RollingUpdatePolicy`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.requests.context import Request

MINUTE = 60
STARTUP_MINUTES = 60
"""The time to start the new instances, in addition to the waiting."""
DRAIN_SECONDS = 120
"""How long the old instances stay at least after the last step: longer than any request may take. Alarms are watched
until they end, so this is also when the last step bakes."""
ALL_AT_ONCE = "all-at-once"
LEAST_PERCENT = {"canary": 10, "linear": 10, "rolling": 5}
"""The fewest percent of the instances in one step (`LinearStepSize`, `MaximumBatchSize`), by the traffic that has
steps."""
FEWEST_FOR_STEPS = 2
"""A step is at most half the instances, so a single one gets all traffic at once."""

_SIZES = {"canary": "CanarySize", "linear": "LinearStepSize"}


def shift_minutes(traffic: str, percent: int, bake_minutes: int) -> int:
    """The total baking time of an update, over all its steps."""
    by_percent = -(-100 // percent)
    steps = {"canary": 2, "linear": by_percent, "rolling": by_percent, ALL_AT_ONCE: 1}
    return steps[traffic] * bake_minutes


def deployment_config(release: Mapping[str, Any], instances: int, alarms: Sequence[str]) -> Request:
    """How to update an endpoint of `instances`, with automatic rollback on the alarms of these names.

    `release` has the keys `traffic`, `percent` and `bake_minutes`. A single instance gets all traffic at once; the
    alarms watch it all the same.
    """
    traffic = release["traffic"] if instances >= FEWEST_FOR_STEPS else ALL_AT_ONCE
    policy = _rolling(release) if traffic == "rolling" else _blue_green(traffic, release)
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {**policy, **rollback}


def _blue_green(traffic: str, release: Mapping[str, Any]) -> Request:
    routing: Request = {
        "Type": traffic.replace("-", "_").upper(),
        "WaitIntervalInSeconds": release["bake_minutes"] * MINUTE,
    }
    if traffic in _SIZES:
        routing[_SIZES[traffic]] = _share(release)
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": max(release["bake_minutes"] * MINUTE, DRAIN_SECONDS),
            "MaximumExecutionTimeoutInSeconds": _longest_seconds(release),
        }
    }


def _rolling(release: Mapping[str, Any]) -> Request:
    return {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": _share(release),
            "WaitIntervalInSeconds": release["bake_minutes"] * MINUTE,
            "MaximumExecutionTimeoutInSeconds": _longest_seconds(release),
        }
    }


def _share(release: Mapping[str, Any]) -> Request:
    return {"Type": "CAPACITY_PERCENT", "Value": release["percent"]}


def _longest_seconds(release: Mapping[str, Any]) -> int:
    minutes = shift_minutes(release["traffic"], release["percent"], release["bake_minutes"])
    return (minutes + STARTUP_MINUTES) * MINUTE
