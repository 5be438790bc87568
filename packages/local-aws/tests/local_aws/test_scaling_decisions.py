"""What alarms make of a variant's capacity: several policies, limits, cooldowns, suspension, failed changes."""

# ruff: noqa: ARG002 (the signatures are those of `Variants`)

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.api.store import Store
from local_aws.application_autoscaling.registry import Registry
from local_aws.application_autoscaling.scaling import Scaling
from local_aws.application_autoscaling.variants import Variants
from local_aws.clock import Clock

SCOPE = Scope("123456789012", "eu-central-1")
NAMES = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


class OneVariant(Variants):
    """A variant without an endpoint: its capacity changes at once."""

    def __init__(self, count: int) -> None:
        super().__init__(Store())
        self.count, self.updating, self.refusal = count, False, ""

    def steady(self, scope: Scope, target: Mapping[str, Any]) -> bool:
        return not self.updating

    def capacity(self, scope: Scope, target: Mapping[str, Any]) -> int | None:
        return self.count

    def change(self, scope: Scope, target: Mapping[str, Any], capacity: int) -> None:
        if self.refusal:
            raise AwsError("ValidationException", self.refusal)
        self.count = capacity


class Room:
    """A target with policies, and what happens when their alarms go off."""

    def __init__(self, count: int = 2, speed: float = 1, **members: Any) -> None:
        self.variant, self.registry = OneVariant(count), Registry()
        self.target = {**NAMES, "ScalableTargetARN": "arn", "MinCapacity": 1, "MaxCapacity": 8, "SuspendedState": {}}
        self.target.update(members)
        self.registry.targets[SCOPE] = [self.target]
        self.scaling = Scaling(self.registry, self.variant, Clock(speed))

    def tracking(self, name: str, **members: Any) -> dict[str, Any]:
        configuration = {"TargetValue": 100.0, **members}
        policy = {**NAMES, "PolicyName": name, "PolicyType": "TargetTrackingScaling"}
        policy["TargetTrackingScalingPolicyConfiguration"] = configuration
        self.registry.policies.setdefault(SCOPE, []).append(policy)
        return policy

    def goes_off(self, policy: dict[str, Any], side: str, *values: float) -> int:
        """The capacity after an alarm of a policy; earlier activities have ended."""
        self.scaling.finish(SCOPE)
        alarm = {"AlarmName": f"t-Alarm{side}-1", "StateValue": "ALARM", "Threshold": 100.0}
        self.scaling.alarmed(SCOPE, policy, alarm, values)
        return self.variant.count

    @property
    def activities(self) -> list[dict[str, Any]]:
        return self.registry.activities.get(SCOPE, [])


def test_any_policy_scales_out() -> None:
    room = Room()
    calm, busy = room.tracking("calm"), room.tracking("busy")
    assert room.goes_off(calm, "Low", 10) == 2
    assert room.goes_off(busy, "High", 200) == 4


def test_only_all_policies_together_scale_in_to_the_largest() -> None:
    room = Room(8)
    first, second = room.tracking("first"), room.tracking("second")
    room.tracking("never in", DisableScaleIn=True)
    assert room.goes_off(first, "Low", 20) == 8
    assert room.goes_off(second, "Low", 40) == 4


def test_an_old_wish_to_scale_in_does_not_count() -> None:
    room = Room(8, speed=1000)
    first, second = room.tracking("first"), room.tracking("second")
    room.goes_off(first, "Low", 20)
    time.sleep(0.2)
    assert room.goes_off(second, "Low", 40) == 8


def test_the_limits_bound_the_capacity() -> None:
    room = Room(MaxCapacity=3)
    policy = room.tracking("load")
    assert room.goes_off(policy, "High", 900) == 3
    assert room.goes_off(policy, "High", 900) == 3
    assert room.activities[0]["NotScaledReasons"] == [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 3}]


def test_a_cooldown_counts_what_was_added() -> None:
    room = Room()
    policy = room.tracking("load")
    assert room.goes_off(policy, "High", 200) == 4
    assert room.goes_off(policy, "High", 200) == 4
    assert room.goes_off(policy, "High", 300) == 6


def test_a_cooldown_delays_the_next_scale_in() -> None:
    room = Room(8)
    policy = room.tracking("load")
    assert room.goes_off(policy, "Low", 50) == 4
    assert room.goes_off(policy, "Low", 50) == 4
    quick = Room(8)
    policy = quick.tracking("load", ScaleInCooldown=0)
    quick.goes_off(policy, "Low", 50)
    assert quick.goes_off(policy, "Low", 50) == 2


@pytest.mark.parametrize("values", [(), (250.0,)])
def test_no_data_and_a_running_update_change_nothing(values: tuple[float, ...]) -> None:
    room = Room()
    policy = room.tracking("load")
    room.variant.updating = bool(values)
    assert room.goes_off(policy, "High", *values) == 2
    assert not room.activities


@pytest.mark.parametrize(
    ("member", "side", "value"), [("DynamicScalingOutSuspended", "High", 300), ("DynamicScalingInSuspended", "Low", 10)]
)
def test_a_suspended_direction_is_not_scaled(member: str, side: str, value: float) -> None:
    room = Room(SuspendedState={member: True})
    assert room.goes_off(room.tracking("load"), side, value) == 2


def test_a_refused_change_is_a_failed_activity() -> None:
    room = Room()
    room.variant.refusal = "No capacity."
    assert room.goes_off(room.tracking("load"), "High", 200) == 2
    (activity,) = room.activities
    assert activity["StatusCode"] == "Failed"
    assert activity["StatusMessage"] == "Failed to set desired instance count to 4. Reason: No capacity."


def test_a_change_that_sagemaker_does_not_fulfill_says_so() -> None:
    room = Room()
    room.goes_off(room.tracking("load"), "High", 200)
    room.variant.count = 2
    room.scaling.finish(SCOPE)
    assert room.activities[0]["StatusCode"] == "Unfulfilled"


def test_a_limit_waits_for_the_end_of_an_update() -> None:
    room = Room(MinCapacity=3)
    room.variant.updating = True
    room.scaling.keep_within_limits(SCOPE, room.target)
    assert (room.variant.count, room.target["Pending"]) == (2, True)
    room.variant.updating = False
    room.scaling.keep_within_limits(SCOPE, room.target)
    assert room.variant.count == 3
    assert "Pending" not in room.target
