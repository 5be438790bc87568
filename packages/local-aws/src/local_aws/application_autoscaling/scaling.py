"""Scaling itself: what alarms, limits and scheduled actions make of a variant's capacity.

Everything here runs on the server's event loop; SageMaker changes the instances in its own threads.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.application_autoscaling import activities
from local_aws.application_autoscaling.registry import Record, Registry, find, same
from local_aws.application_autoscaling.step_scaling import stepped_capacity
from local_aws.application_autoscaling.target_tracking import DEFAULT_COOLDOWN, wanted_capacity
from local_aws.application_autoscaling.variants import Variants
from local_aws.clock import Clock

log = logging.getLogger("local_aws.scaling")

RECENT_SECONDS = 120
"""How long a policy's wish to scale in counts, while other policies of the target decide."""


class Scaling:
    """Changes capacities, and keeps the activities."""

    def __init__(self, registry: Registry, variants: Variants, clock: Clock) -> None:
        self._registry, self._variants, self._clock = registry, variants, clock
        self._wishes: dict[tuple[Scope, str], dict[str, tuple[float, int]]] = {}
        """Capacities to which target tracking policies would scale in, by target and policy."""

    def alarmed(self, scope: Scope, policy: Record, alarm: Mapping[str, Any], values: Sequence[float]) -> None:
        """An alarm's action is a policy: scale if its metric, the limits and the cooldowns allow it."""
        target = self._registry.target(scope, policy)
        capacity = self._variants.capacity(scope, target)
        if capacity is None or not values or not self._variants.steady(scope, target) or self._running(scope, target):
            return
        cause = (
            f"monitor alarm {alarm['AlarmName']} in state {alarm['StateValue']} triggered policy {policy['PolicyName']}"
        )
        if policy["PolicyType"] == "TargetTrackingScaling":
            self._track(scope, target, policy, alarm, values, cause)
        else:
            configuration = policy["StepScalingPolicyConfiguration"]
            desired = stepped_capacity(configuration, alarm["Threshold"], values, capacity)
            if desired is not None and desired > capacity:
                base = self._base(target, policy, capacity)
                desired = max(stepped_capacity(configuration, alarm["Threshold"], values, base) or 0, capacity)
            if desired is not None:
                self._decide(scope, target, policy, capacity, desired, cause)

    def keep_within_limits(self, scope: Scope, target: Record) -> None:
        """Scale to a limit that the capacity is beyond; later, if the endpoint is being updated."""
        capacity = self._variants.capacity(scope, target)
        low, high = target["MinCapacity"], target["MaxCapacity"]
        if capacity is None or low <= capacity <= high:
            target.pop("Pending", None)
        elif self._variants.steady(scope, target):
            target.pop("Pending", None)
            limit, name = (low, "minimum") if capacity < low else (high, "maximum")
            self._change(scope, target, limit, f"{name} capacity was set to {limit}")
        else:
            target["Pending"] = True

    def limit(self, scope: Scope, target: Record, action: Mapping[str, Any]) -> None:
        """Run a scheduled action: new limits, and a capacity within them."""
        if target["SuspendedState"].get("ScheduledScalingSuspended"):
            return
        limits = action.get("ScalableTargetAction", {})
        changed = {
            word: limits[name] for word, name in (("min", "MinCapacity"), ("max", "MaxCapacity")) if name in limits
        }
        target.update(limits)
        self._add(scope, activities.limits_changed(target, changed, action["ScheduledActionName"]))
        self.keep_within_limits(scope, target)

    def finish(self, scope: Scope) -> None:
        """Close the activities whose endpoints have changed, or failed to."""
        for activity in self._registry.activities.get(scope, ()):
            if activity["StatusCode"] != "InProgress":
                continue
            capacity = self._variants.capacity(scope, activity)
            if capacity is None or self._variants.steady(scope, activity):
                activities.end(activity, fulfilled=capacity == activity["Capacity"])
                self._begin_cooldowns(scope, activity)

    def _begin_cooldowns(self, scope: Scope, activity: Record) -> None:
        """A cooldown lasts from the end of the activity that began it."""
        target = find(self._registry.targets.get(scope, ()), activity, activities.TARGET) or {}
        for cooldowns in target.get("Cooldowns", {}).values():
            for last in cooldowns.values():
                if last["at"] >= activity["StartTime"]:
                    last["at"] = activity["EndTime"]

    def _track(
        self,
        scope: Scope,
        target: Record,
        policy: Record,
        alarm: Mapping[str, Any],
        values: Sequence[float],
        cause: str,
    ) -> None:
        capacity = self._variants.capacity(scope, target) or 0
        if "-AlarmHigh-" in alarm["AlarmName"]:
            desired = wanted_capacity(policy, self._base(target, policy, capacity), values[0])
            if desired > capacity:
                self._decide(scope, target, policy, capacity, desired, cause)
            return
        desired = wanted_capacity(policy, capacity, max(values))
        agreed = self._agreed(scope, target, policy, desired)
        if agreed is not None and agreed < capacity:
            self._decide(scope, target, policy, capacity, agreed, cause)

    def _agreed(self, scope: Scope, target: Record, policy: Record, desired: int) -> int | None:
        """The largest capacity that a policy of the target wants; None unless all that may scale in want to."""
        wishes = self._wishes.setdefault((scope, target["ScalableTargetARN"]), {})
        now = time.time()
        wishes[policy["PolicyName"]] = (now, desired)
        recent = now - self._clock.seconds(RECENT_SECONDS)
        deciding = [other["PolicyName"] for other in self._registry.policies_of(scope, target) if _scales_in(other)]
        capacities = [wishes[name][1] for name in deciding if name in wishes and wishes[name][0] >= recent]
        return max(capacities) if len(capacities) == len(deciding) else None

    def _base(self, target: Record, policy: Record, capacity: int) -> int:
        """The capacity that a scale-out starts from: during a cooldown, what was added counts as part of it."""
        last = target.get("Cooldowns", {}).get(policy["PolicyName"], {}).get("out")
        if last and time.time() - last["at"] < self._clock.seconds(_cooldown(policy, "ScaleOutCooldown")):
            return int(last["before"])
        return capacity

    def _decide(self, scope: Scope, target: Record, policy: Record, capacity: int, desired: int, cause: str) -> None:
        """Change the capacity within the limits, unless that direction is suspended or cooling down."""
        bounded = min(max(desired, target["MinCapacity"]), target["MaxCapacity"])
        out = desired > capacity
        suspended = "DynamicScalingOutSuspended" if out else "DynamicScalingInSuspended"
        if target["SuspendedState"].get(suspended):
            return
        if bounded == capacity or (bounded > capacity) != out:
            self._not_scaled(scope, target, capacity, desired, cause)
            return
        cooldowns = target.setdefault("Cooldowns", {}).setdefault(policy["PolicyName"], {})
        last = cooldowns.get("in")
        if not out and last and time.time() - last["at"] < self._clock.seconds(_cooldown(policy, "ScaleInCooldown")):
            return
        if self._change(scope, target, bounded, cause):
            cooldowns["out" if out else "in"] = {"at": time.time(), "before": capacity}
            if out:
                cooldowns.pop("in", None)  # a scale-out ends the cooldown of the scale-in before it

    def _change(self, scope: Scope, target: Record, capacity: int, cause: str) -> bool:
        try:
            self._variants.change(scope, target, capacity)
        except AwsError as error:
            log.info("%s: %s", target["ResourceId"], error.message)
            self._add(scope, activities.refused(target, capacity, cause, error.message))
            return False
        self._add(scope, activities.started(target, capacity, cause))
        return True

    def _not_scaled(self, scope: Scope, target: Record, capacity: int, desired: int, cause: str) -> None:
        """Keep the reason once, not for each period that the alarm stays in its state."""
        if desired == capacity:
            reason: Record = {"Code": "AlreadyAtDesiredCapacity", "CurrentCapacity": capacity}
        elif desired > capacity:
            reason = {"Code": "AlreadyAtMaxCapacity", "MaxCapacity": target["MaxCapacity"]}
        else:
            reason = {"Code": "AlreadyAtMinCapacity", "MinCapacity": target["MinCapacity"]}
        last = next((item for item in self._of(scope, target)), None)
        if last is None or last.get("NotScaledReasons") != [reason]:
            self._add(scope, activities.not_scaled(target, cause, reason))

    def _running(self, scope: Scope, target: Record) -> bool:
        return any(activity["StatusCode"] == "InProgress" for activity in self._of(scope, target))

    def _of(self, scope: Scope, target: Record) -> Iterable[Record]:
        """A target's activities, the latest first."""
        listed = self._registry.activities.get(scope, ())
        return (activity for activity in listed if same(activity, target, activities.TARGET))

    def _add(self, scope: Scope, activity: Record) -> None:
        listed = self._registry.activities.setdefault(scope, [])
        listed.insert(0, activity)
        del listed[activities.MOST :]


def _scales_in(policy: Mapping[str, Any]) -> bool:
    tracking = policy.get("TargetTrackingScalingPolicyConfiguration")
    return tracking is not None and not tracking.get("DisableScaleIn")


def _cooldown(policy: Mapping[str, Any], name: str) -> float:
    if tracking := policy.get("TargetTrackingScalingPolicyConfiguration"):
        return float(tracking.get(name, DEFAULT_COOLDOWN))
    return float(policy["StepScalingPolicyConfiguration"].get("Cooldown", DEFAULT_COOLDOWN))
