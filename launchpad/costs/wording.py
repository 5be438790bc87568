"""Amounts in words, the same on a terminal and in a pull request."""

from __future__ import annotations

from launchpad.costs.environment_cost import Total
from launchpad.costs.price_list import Price, PriceList


def money(usd: float) -> str:
    """An amount: `$14.60`, `-$3.00`, and `<$0.01` for less than a cent."""
    if 0 < abs(usd) < 0.005:
        return "<$0.01"
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"


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
