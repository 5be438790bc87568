"""Instance types without capacity: instance pools fall back to their next type, everything else fails as on AWS.

All types are available here, except those that `LOCAL_AWS_NO_CAPACITY=ml.x,ml.y` names in the server's environment, so
that a fallback can be tried out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from local_aws.api.errors import AwsError, validation_error

FEWEST_POOLS = 2
"""The fewest, as users report ("InstancePools needs >=2"); the API reference allows 1."""
INSUFFICIENT = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
    "Please retry using a different ML instance type."
)
"""An endpoint's FailureReason, as users quote it."""


class CapacityError(Exception):
    """No instance type of the variant has capacity; the message is the endpoint's FailureReason."""

    def __init__(self) -> None:
        super().__init__(INSUFFICIENT)


def preferred(variant: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pools of a production variant in the order in which SageMaker tries them; one without InstancePools has one.

    A serverless variant has none.
    """
    if "InstancePools" in variant:
        return sorted(variant["InstancePools"], key=lambda pool: pool["Priority"])
    return [{"InstanceType": variant["InstanceType"]}] if "InstanceType" in variant else []


def provision(
    variant: Mapping[str, Any], unavailable: Collection[str], wait: Callable[[float], object]
) -> dict[str, Any]:
    """The first pool with capacity, empty for a serverless variant. Raises `CapacityError`.

    Without capacity SageMaker "waits until the timeout expires"; it does not document how long it waits by default, so
    the failure is immediate here without a VariantInstanceProvisionTimeoutInSeconds.
    """
    pools = preferred(variant)
    available = [pool for pool in pools if pool["InstanceType"] not in unavailable]
    if pools and not available:
        wait(float(variant.get("VariantInstanceProvisionTimeoutInSeconds", 0)))
        raise CapacityError
    return available[0] if available else {}


def check_instances(variant: Mapping[str, Any]) -> None:
    """Raise ValidationException unless a variant says exactly once which instances it runs on.

    AWS documents the combinations ("you replace the InstanceType parameter ... with an InstancePools list"), not its
    messages.
    """
    name, pools = variant["VariantName"], variant.get("InstancePools")
    if pools is None:
        if "ServerlessConfig" not in variant and not ("InstanceType" in variant and "InitialInstanceCount" in variant):
            raise _refusal(name, "needs InstanceType and InitialInstanceCount, or ServerlessConfig")
        return
    types = [pool["InstanceType"] for pool in pools]
    priorities = [pool["Priority"] for pool in pools]
    for member in ("InstanceType", "ServerlessConfig"):
        if member in variant:
            raise _refusal(name, f"can't have both InstancePools and {member}")
    if "InitialInstanceCount" not in variant:
        raise _refusal(name, "needs InitialInstanceCount in addition to InstancePools")
    if len(pools) < FEWEST_POOLS:
        raise _refusal(name, f"needs at least {FEWEST_POOLS} InstancePools; specify a single type as InstanceType")
    if len(set(types)) < len(types) or len(set(priorities)) < len(priorities):
        raise _refusal(name, "has InstancePools with the same InstanceType or Priority twice")


def _refusal(name: str, reason: str) -> AwsError:
    return validation_error(f"ProductionVariant {name} {reason}.")
