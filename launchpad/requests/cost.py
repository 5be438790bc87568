"""What a training job cost, from its description and a price list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def cost(job: Mapping[str, Any], prices: Mapping[str, float]) -> float | None:
    """A training job's cost in US dollars; None if a price or its billable time is unknown.

    SageMaker reports the billable seconds of one instance, with the savings of spot capacity already subtracted.
    """
    seconds = job.get("BillableTimeInSeconds")
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    if seconds is None or any(group.get("InstanceType") not in prices for group in groups):
        return None
    hourly = sum(prices[group["InstanceType"]] * group.get("InstanceCount", 1) for group in groups)
    return float(hourly * seconds / 3600)
