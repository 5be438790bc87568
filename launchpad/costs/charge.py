"""What one resource is charged for, before its price is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from launchpad.requests.price_keys import HOURS as HOURS

SECONDS = HOURS * 3600


class Kind(StrEnum):
    """How a charge depends on use."""

    FIXED = "fixed"
    """Every month that the resource exists, whether it is used or not."""
    USAGE = "usage"
    """Depends on use: only the price of a unit is known."""


@dataclass(frozen=True)
class Charge:
    """One part of what a resource costs."""

    what: str
    """A description in words, with the quantity and what was assumed."""
    key: str
    """The key of its price, such as `AmazonVPC/VpcEndpoint-Hours`."""
    quantity: float = 0.0
    """Units of the price in a month; 0 where that depends on use."""
    kind: Kind = Kind.FIXED


def fixed(what: str, key: str, quantity: float) -> Charge:
    """A charge for so many units each month."""
    return Charge(what, key, quantity)


def hourly(what: str, key: str, count: float = 1) -> Charge:
    """A charge for each hour of the month, `count` times."""
    return Charge(what, key, count * HOURS)


def usage(what: str, key: str) -> Charge:
    """A charge by use."""
    return Charge(what, key, 0.0, Kind.USAGE)
