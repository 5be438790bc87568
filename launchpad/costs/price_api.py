"""Reads prices from the AWS Price List API (`pricing:GetProducts`), which needs credentials of any account.

Note: an instance is looked up by `component` and `instanceName`. The attribute `instanceType` alone fits several
products, one per use.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from launchpad.costs.keys import COMPONENTS, GLOBAL, SAGEMAKER, fits
from launchpad.costs.offers import Offer

API_REGION = "us-east-1"
"""The API exists in few regions, and has the prices of all."""
_PAGE = 100


def api_offers(client: Any, region: str, keys: Collection[str]) -> Iterator[Offer]:
    """The offers for these keys, with a client of `pricing`."""
    for key in sorted(keys):
        service, _, usage = key.partition("/")
        for product in _products(client, service, _filters(service, usage, region)):
            attributes = product["product"]["attributes"]
            if fits(key, attributes.get("usagetype", ""), attributes.get("operation", ""), region):
                yield from _offers(key, product)


def _products(client: Any, service: str, filters: list[dict[str, str]]) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=service, Filters=filters, FormatVersion="aws_v1", PaginationConfig={"PageSize": _PAGE}
    )
    for page in pages:
        yield from map(json.loads, page["PriceList"])


def _filters(service: str, usage: str, region: str) -> list[dict[str, str]]:
    use, _, name = usage.partition(":")
    place = [] if f"{service}/{usage}" in GLOBAL else [_filter("regionCode", region)]
    if service == SAGEMAKER and use in COMPONENTS and name.startswith("ml."):
        return [*place, _filter("component", COMPONENTS[use]), _filter("instanceName", name)]
    return [*place, _filter("usagetype", usage, "CONTAINS")]


def _filter(name: str, value: str, kind: str = "TERM_MATCH") -> dict[str, str]:
    return {"Type": kind, "Field": name, "Value": value}


def _offers(key: str, product: Mapping[str, Any]) -> Iterator[Offer]:
    """The product's on-demand price of the first units that cost something; none if it is free or reserved only."""
    sku = product["product"]["sku"]
    for term in product["terms"].get("OnDemand", {}).values():
        dimensions = sorted(term["priceDimensions"].values(), key=lambda each: float(each["beginRange"]))
        priced = [each for each in dimensions if float(each["pricePerUnit"].get("USD", 0)) > 0]
        if priced:
            usd, unit = float(priced[0]["pricePerUnit"]["USD"]), priced[0]["unit"]
            day = product["publicationDate"][:10]
            yield Offer(
                key, sku, usd, unit, day, f"AWS Price List API, SKU {sku}, effective {term['effectiveDate'][:10]}"
            )
