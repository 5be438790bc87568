"""Chooses the price of each key among the products of AWS's Price List, whichever way they were read.

Note: two products can fit one key, for example two operating systems of an EC2 instance. Neither is chosen: the key is
refused with the names of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from launchpad.costs.price_list import Price, PriceList
from launchpad.messages.errors import LaunchpadError

UNITS = {
    "Hrs": "hour",
    "Hours": "hour",
    "GB-Mo": "GB-month",
    "GB-month": "GB-month",
    "seconds": "second",
    "Second": "second",
    "Lambda-GB-Second": "GB-second",
    "Requests": "request",
    "Alarms": "alarm-month",
    "Metrics": "metric-month",
    "Keys": "key-month",
    "Dashboards": "dashboard-month",
}
"""The units of AWS's Price List in this project's words; another unit is kept as it is."""


@dataclass(frozen=True)
class Offer:
    """One product with its on-demand price, as AWS lists it."""

    key: str
    sku: str
    usd: float
    """The price of the first units that cost something."""
    unit: str
    published: str
    """The day on which AWS published the list."""
    source: str


@dataclass(frozen=True)
class Renewal:
    """A list with the prices that were read, and the keys for which AWS had none."""

    prices: PriceList
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    """Their older prices, if there are any, stay in the list."""


def renewed(prices: PriceList, keys: Collection[str], offers: Iterable[Offer]) -> Renewal:
    """The list with the offers' prices for these keys.

    Raises:
        LaunchpadError: several products fit a key, or the list has a newer price than AWS's answer.
    """
    by_key: dict[str, dict[str, Offer]] = defaultdict(dict)
    for offer in offers:
        if offer.key in keys:
            by_key[offer.key][offer.sku] = offer
    _refuse_ambiguous(by_key)
    chosen = {key: next(iter(products.values())) for key, products in by_key.items()}
    _refuse_older(prices, chosen)
    new = {key: _price(offer) for key, offer in chosen.items()}
    changed = sorted(key for key, price in new.items() if _amount(prices.get(key)) != _amount(price))
    missing = sorted(set(keys) - new.keys())
    return Renewal(PriceList(prices.region, {**prices.prices, **new}), tuple(changed), tuple(missing))


def _refuse_ambiguous(by_key: Mapping[str, Mapping[str, Offer]]) -> None:
    several = [f"{key}: {', '.join(sorted(products))}" for key, products in sorted(by_key.items()) if len(products) > 1]
    if several:
        raise LaunchpadError(f"AWS lists several products for one key; no price was written. {'; '.join(several)}")


def _refuse_older(prices: PriceList, offers: Mapping[str, Offer]) -> None:
    newer = [
        f"{key} ({price.date}, AWS's answer {offer.published})"
        for key, offer in sorted(offers.items())
        if (price := prices.get(key)) and price.date > offer.published
    ]
    if newer:
        raise LaunchpadError(
            f"the list is newer than what was read, so it stays as it is: {', '.join(newer)}; remove such a price from"
            " the list to replace it"
        )


def _price(offer: Offer) -> Price:
    return Price(usd=offer.usd, unit=UNITS.get(offer.unit, offer.unit), date=offer.published, source=offer.source)


def _amount(price: Price | None) -> tuple[float, str] | None:
    return (price.usd, price.unit) if price else None
