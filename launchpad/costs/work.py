"""What one piece of work costs, and how that was counted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from launchpad.costs.charge import HOURS
from launchpad.costs.environment_cost import Total
from launchpad.costs.price_list import PriceList

Part = tuple[float | None, str]
"""US dollars, None if the price isn't known, and the key of the price."""
_RATE = re.compile(r"rate\((\d+) +(minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


@dataclass(frozen=True)
class WorkCost:
    """What a job, a pipeline or an endpoint of a workload costs at most."""

    workload: str
    what: str
    """A section of `workload.yaml`, or `run`, `pipeline`, `endpoint`, `baseline`."""
    per: str
    """`run`, `hour` or `month`."""
    total: Total
    how: str
    """The instances and times that were counted."""


def part(prices: PriceList, key: str, quantity: float) -> Part:
    """The cost of some units of a price."""
    price = prices.get(key)
    return (price.usd * quantity if price else None), key


def runs_a_month(schedule: str) -> float | None:
    """How often a `rate(...)` runs in a month; None for a cron expression."""
    match = _RATE.fullmatch(schedule.strip())
    return HOURS * 60 / (int(match[1]) * _MINUTES[match[2]]) if match else None
