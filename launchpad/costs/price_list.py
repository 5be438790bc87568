"""The committed price list of a region: `prices/<region>.yaml`, with the source and the date of every price.

A key is the service code and usage type of AWS's Price List, without the region's prefix of the usage type:
`AmazonSageMaker/Host:ml.m5.large`. SageMaker bills the same instance separately for each use, so an instance type has
several keys. `launchpad prices update` renews a list.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from launchpad import paths
from launchpad.config_files.aws_facts import KNOWN_REGION
from launchpad.config_files.yaml_source import Settings, load, pattern
from launchpad.settings.prices import load_prices

HEAD = """\
# AWS's list prices in {region}, US dollars, on demand, without free tiers, discounts and taxes.
# Each has the source and the date of its reading. `launchpad prices update --region {region}` renews them.
"""


_UNDATED = "9999-12-31"
"""Stands for the date of a user's own price, which config/prices.yaml doesn't say."""


class Price(Settings):
    """One price."""

    usd: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """US dollars per unit. A price that is not known is left out; zero would count as known."""
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    """What it is the price of, such as `hour`, `GB-month` or `second`."""
    date: Annotated[str, pattern(r"^\d{4}-\d{2}-\d{2}$", "write a day such as '2026-11-28', in quotes")]
    """When the source was read, or published its list."""
    source: Annotated[str, Field(min_length=1, max_length=400)]
    """Who says so: AWS's Price List, an invoice, or a page."""


class _File(Settings):
    region: Annotated[str, pattern(r"^[a-z]{2,4}(-[a-z]+)+-\d$", "write a region such as eu-west-1"), KNOWN_REGION]
    prices: dict[str, dict[str, Price]] = Field(default_factory=dict)


@dataclass(frozen=True)
class PriceList:
    """The prices of one region by key."""

    region: str
    prices: Mapping[str, Price] = field(default_factory=dict)

    def get(self, key: str) -> Price | None:
        """The price; None if it isn't known."""
        return self.prices.get(key)

    @property
    def usd(self) -> dict[str, float]:
        """US dollars by key, as `launchpad.requests.cost` takes them."""
        return {key: price.usd for key, price in self.prices.items()}

    @property
    def dates(self) -> tuple[str, str] | None:
        """The dates of the oldest and the newest price of AWS's; None if there is none."""
        dates = sorted(price.date for price in self.prices.values() if price.date != _UNDATED)
        return (dates[0], dates[-1]) if dates else None


def load_price_list(region: str, folder: Path | None = None) -> PriceList:
    """The price list of a region; empty if there is no file, so that every price counts as unknown.

    Raises:
        InvalidFileError: the file is not a price list.
    """
    path = list_path(region, folder)
    if not os.path.lexists(path):
        return PriceList(region)
    services = load(path, _File).prices
    prices = {f"{service}/{usage}": price for service, usages in services.items() for usage, price in usages.items()}
    return PriceList(region, prices)


def with_own_prices(prices: PriceList) -> PriceList:
    """The list, in which `config/prices.yaml` replaces the prices of training instances.

    Raises:
        InvalidFileError: that file is not a price list.
    """
    own = dict(_own_prices())
    return PriceList(prices.region, {**prices.prices, **own}) if own else prices


def region_prices(region: str) -> PriceList:
    """The prices of a region, the user's own included: the list that everything is priced by.

    Raises:
        InvalidFileError: a file is not a price list.
    """
    return with_own_prices(load_price_list(region))


def _own_prices() -> Iterator[tuple[str, Price]]:
    for name, usd in load_prices().items():
        if usd > 0:
            price = Price(usd=usd, unit="hour", date=_UNDATED, source=f"config/{paths.PRICES.name}")
            yield f"AmazonSageMaker/Train:{name}", price


def list_path(region: str, folder: Path | None = None) -> Path:
    """The file of a region's price list."""
    return (folder or paths.PRICE_LISTS) / f"{region}.yaml"


def write_price_list(prices: PriceList, folder: Path | None = None) -> Path:
    """Write the list sorted by key, so that equal lists are equal files; return the path."""
    by_service: dict[str, dict[str, dict[str, object]]] = {}
    for key, price in sorted(prices.prices.items()):
        service, _, usage = key.partition("/")
        by_service.setdefault(service, {})[usage] = price.model_dump()
    content = yaml.safe_dump(
        {"region": prices.region, "prices": by_service}, sort_keys=False, width=1000, default_flow_style=False
    )
    path = list_path(prices.region, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(region=prices.region) + content, "utf-8")
    return path
