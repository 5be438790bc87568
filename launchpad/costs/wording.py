"""Amounts in words, the same on a terminal and in a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
