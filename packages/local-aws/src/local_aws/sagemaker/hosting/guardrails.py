"""Deployment guardrails as plain data: from a DeploymentConfig to the steps of an update.

The rules are those of "Deployment guardrails for updating models in production" and of the API's BlueGreenUpdatePolicy,
TrafficRoutingConfig and RollingUpdatePolicy. Waiting times are in seconds of AWS.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_TIMEOUT = 28800
"""Seconds; the maximum of MaximumExecutionTimeoutInSeconds, because the default is not documented."""
ALL_AT_ONCE, CANARY, LINEAR = "ALL_AT_ONCE", "CANARY", "LINEAR"
FULL = "full"
SIZES = {CANARY: "CanarySize", LINEAR: "LinearStepSize"}
Size = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One shift of traffic to the new fleet, and the baking period after it."""

    active: int
    """Instances of the new fleet that get traffic."""
    bake_seconds: int
    bake_name: str
    """The member that the baking period is from, for messages."""
    capacity: str
    """What is active, for messages: "canary", "linear", "rolling" or "full"."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of an update; the last one has all traffic."""

    steps: tuple[Step, ...]
    total: int
    """Instances of the new fleet."""
    timeout_seconds: int = DEFAULT_TIMEOUT
    is_rolling: bool = False
    """Whether instances start and end in batches; otherwise the whole new fleet starts first, and the old ends last."""
    rollback_batch: int = 0
    """Instances per batch of the rollback of a rolling update."""

    @property
    def waits_seconds(self) -> int:
        """All baking periods."""
        return sum(step.bake_seconds for step in self.steps)


def plan(config: Mapping[str, Any], total: int) -> Plan:
    """The steps of an update to a variant of ``total`` instances; without a policy all traffic shifts at once."""
    if "RollingUpdatePolicy" in config:
        return _rolling(config["RollingUpdatePolicy"], total)
    if "BlueGreenUpdatePolicy" in config:
        return _blue_green(config["BlueGreenUpdatePolicy"], total)
    return Plan((Step(total, 0, "TerminationWaitInSeconds", FULL),), total)


def without_baking(total: int) -> Plan:
    """What endpoints with excluded features fall back to: all at once, and no final baking period."""
    return plan({}, total)


def instances_of(size: Size, total: int) -> int:
    """How many of ``total`` instances a CapacitySize is; at least 1."""
    count = size["Value"] if size["Type"] == "INSTANCE_COUNT" else math.ceil(total * size["Value"] / 100)
    return max(1, min(int(count), total))


def _blue_green(policy: Mapping[str, Any], total: int) -> Plan:
    """Canary and linear wait WaitIntervalInSeconds between two steps; the last step bakes TerminationWaitInSeconds."""
    routing = policy["TrafficRoutingConfiguration"]
    kind, wait = routing["Type"], routing["WaitIntervalInSeconds"]
    partial = [] if kind == ALL_AT_ONCE else _parts(instances_of(routing[SIZES[kind]], total), total)
    if kind == CANARY:
        partial = partial[:1]
    final = Step(total, policy.get("TerminationWaitInSeconds", 0), "TerminationWaitInSeconds", FULL)
    steps = [Step(active, wait, "WaitIntervalInSeconds", kind.lower()) for active in partial]
    timeout = policy.get("MaximumExecutionTimeoutInSeconds", DEFAULT_TIMEOUT)
    return Plan((*steps, final), total, timeout)


def _rolling(policy: Mapping[str, Any], total: int) -> Plan:
    """Each batch bakes WaitIntervalInSeconds, the last one too, because its old instances end only after it."""
    wait = policy["WaitIntervalInSeconds"]
    parts = [*_parts(instances_of(policy["MaximumBatchSize"], total), total), total]
    steps = [Step(active, wait, "WaitIntervalInSeconds", FULL if active == total else "rolling") for active in parts]
    timeout = policy.get("MaximumExecutionTimeoutInSeconds", DEFAULT_TIMEOUT)
    everything = {"Type": "CAPACITY_PERCENT", "Value": 100}
    batch = instances_of(policy.get("RollbackMaximumBatchSize", everything), total)
    return Plan(tuple(steps), total, timeout, is_rolling=True, rollback_batch=batch)


def _parts(size: int, total: int) -> list[int]:
    """The active instances after each step but the last: 2, 4 for steps of 2 to a total of 5 (or 6)."""
    return list(range(size, total, size))
