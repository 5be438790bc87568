"""Amounts in words, the same on a terminal and in a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from launchpad.platform_client.connection import LOCAL

if TYPE_CHECKING:
    from launchpad.costs.environment_cost import Total
    from launchpad.costs.price_list import Price, PriceList
    from launchpad.requests.cost import Cost


def money(usd: float) -> str:
    """An amount: `$14.60`, `-$3.00`, and `<$0.01` for less than a cent."""
    if 0 < abs(usd) < 0.005:
        return "<$0.01"
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"


def job_money(usd: float) -> str:
    """The amount of a job, most of which cost less than a cent: `$12.30`, `$0.0042`, and `<$0.0001`."""
    if usd and abs(usd) < 0.00005:
        return "<$0.0001"
    return money(usd) if abs(usd) >= 0.1 or not usd else f"{'-' if usd < 0 else ''}${abs(usd):.4f}"


def cost_in_words(cost: Cost | None) -> str:
    """`$0.0042`, `$0.0042 + unknown` or `unknown`; empty for what still runs."""
    if cost is None:
        return ""
    if not cost.unknown:
        return job_money(cost.known_usd)
    return f"{job_money(cost.known_usd)} + unknown" if cost.known_usd else "unknown"


def cost_line(cost: Cost) -> str:
    """All that is to say of a cost: `$0.0042, spot saved $0.0098 (70 %)`, `unknown (no price of Train:ml.m5.large)`."""
    unknown = f" ({', '.join(_lacking(cost.unknown))})" if cost.unknown else ""
    saved = spot_in_words(cost)
    return ", ".join([f"{cost_in_words(cost)}{unknown}", *_without(cost), *([f"spot saved {saved}"] if saved else ())])


def spot_in_words(cost: Cost) -> str:
    """What spot saved: `$0.0098 (70 %)`; empty if no job ran on spot capacity, or a price is unknown."""
    if cost.spot_saved_usd is None or cost.spot_saved_percent is None:
        return ""
    return f"{job_money(cost.spot_saved_usd)} ({cost.spot_saved_percent:.0f} %)"


def cost_label(environment: str) -> str:
    """The label of an amount that was spent; on the local AWS, which costs nothing, of what AWS would charge."""
    return "would cost" if environment == LOCAL else "cost"


def cost_note(cost: Cost) -> str:
    """What belongs below an amount that stands alone: what is unknown or not counted, else whose prices these are."""
    return ", ".join([*_lacking(cost.unknown), *_without(cost)]) or "at list prices"


def _without(cost: Cost) -> Iterator[str]:
    """What is not counted: keys are those of volumes. It is said of amounts only."""
    if not cost.known_usd:
        return
    keys = [name for name in cost.without if "/" in name]
    if keys:
        yield f"without volumes ({', '.join(_lacking(keys))})"
    yield from (f"without {name}" for name in cost.without if name not in keys)


def _lacking(names: Sequence[str]) -> Iterator[str]:
    """Keys without their service, whose usage types say enough, and what else is unknown."""
    keys = [name.partition("/")[2] for name in names if "/" in name]
    if keys:
        yield f"no price of {' and '.join(keys)}"
    yield from (name for name in names if "/" not in name)


def unit_price(price: Price) -> str:
    """The price of one unit with all its digits: `$0.011 per hour`."""
    digits = f"{price.usd:.10f}".rstrip("0")
    return f"${digits}{'0' * (2 - len(digits.partition('.')[2]))} per {price.unit}"


def sum_in_words(total: Total) -> str:
    """`$14.60`, `$14.60 + unknown` or `unknown`: a sum that lacks a price never looks complete."""
    if not total.unknown:
        return money(total.usd)
    return f"{money(total.usd)} + unknown" if total.usd else "unknown"


def prices_in_words(prices: PriceList) -> str:
    """Where and when the prices are from."""
    if prices.dates is None:
        return f"prices/ has no list of {prices.region}, so no price is known; `launchpad prices update` writes it"
    oldest, newest = prices.dates
    return f"list prices in {prices.region}, of {oldest} to {newest}; no free tier, discount or tax"
