"""Reads prices from AWS's public price lists, a CSV file per service and region, without credentials.

Note: the list of AmazonEC2 has hundreds of megabytes, so it is read line by line and never kept.
"""

from __future__ import annotations

import csv
import io
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import IO

from launchpad.costs.keys import fits, plain_usage
from launchpad.costs.offers import Offer
from launchpad.messages.errors import LaunchpadError

FEED = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{service}/current/{region}/index.csv"
Open = Callable[[str], IO[bytes]]
_TIMEOUT_SECONDS = 60
_PREAMBLE_LINES = 5
"""Format version, disclaimer, publication date, version and offer code, before the heading of the table."""


def feed_offers(region: str, keys: Collection[str], open_url: Open | None = None) -> Iterator[Offer]:
    """The offers for these keys; `open_url` replaces the HTTP client.

    Raises:
        LaunchpadError: a list can't be read, or is no price list.
    """
    for service, group in groupby(sorted(key.partition("/")[::2] for key in keys), key=lambda each: each[0]):
        address = FEED.format(service=service, region=region)
        try:
            with (open_url or _open)(address) as answer:
                yield from _rows(io.TextIOWrapper(answer, "utf-8"), service, region, {usage for _, usage in group})
        except OSError as error:
            raise LaunchpadError(f"{address} can't be read: {error}") from error


def _open(address: str) -> IO[bytes]:
    answer: IO[bytes] = urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS)  # noqa: S310 (an https address above)
    return answer


def _rows(text: Iterable[str], service: str, region: str, usages: Collection[str]) -> Iterator[Offer]:
    """The cheapest tier that costs something, of each product that is listed on demand."""
    lines = iter(text)
    published = _published(lines, service, region)
    best: dict[str, tuple[float, Offer]] = {}
    for row in csv.DictReader(lines):
        usage = plain_usage(row["usageType"], region)
        key = f"{service}/{usage}"
        if usage not in usages or not fits(key, usage, row["operation"], region):
            continue
        if row["TermType"] != "OnDemand" or row["Currency"] != "USD":
            continue
        begin, usd = float(row["StartingRange"] or 0), float(row["PricePerUnit"])
        if usd > 0 and (row["SKU"] not in best or begin < best[row["SKU"]][0]):
            best[row["SKU"]] = (begin, _offer(key, row, published))
    yield from (offer for _, offer in best.values())


def _published(lines: Iterator[str], service: str, region: str) -> str:
    """The publication date; reads up to the table's heading."""
    published = ""
    for _, line in zip(range(_PREAMBLE_LINES), lines, strict=False):
        cells = next(csv.reader([line]), [])
        if cells[:1] == ["Publication Date"]:
            published = cells[1][:10]
        if cells[:1] == ["OfferCode"] and published:
            return published
    raise LaunchpadError(f"the public price list of {service} in {region} doesn't begin as one: AWS changed its form")


def _offer(key: str, row: Mapping[str, str], published: str) -> Offer:
    source = f"AWS's public price list, SKU {row['SKU']}, effective {row['EffectiveDate'][:10]}"
    return Offer(key, row["SKU"], float(row["PricePerUnit"]), row["Unit"], published, source)
