"""Answers in the form of AWS's Price List API and of its public lists, written for these tests: no price is AWS's."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

HEADING = (
    "SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,"
    "Currency,Location,usageType,operation,serviceCode,Region Code"
)
PREAMBLE = (
    '"FormatVersion","v1.0"\n"Disclaimer","This pricing list is for informational purposes only."\n'
    '"Publication Date","2026-11-20T10:00:00Z"\n"Version","20261120100000"\n"OfferCode","{service}"\n'
)


def product(
    usage: str,
    *tiers: tuple[str, str],
    sku: str = "SKU1",
    unit: str = "Hrs",
    day: str = "2026-11-20",
    **attributes: str,
) -> dict[str, Any]:
    """A product of the API; each tier is its first unit and its price."""
    dimensions = {
        f"{sku}.JRTCKXETXF.{number}": {
            "rateCode": f"{sku}.JRTCKXETXF.{number}",
            "unit": "Hrs",
            "beginRange": begin,
            "endRange": "Inf",
            "description": f"${usd} per unit",
            "appliesTo": [],
            "pricePerUnit": {"USD": usd},
        }
        for number, (begin, usd) in enumerate(tiers)
    }
    term = {"sku": sku, "effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": dimensions, "offerTermCode": "J"}
    return {
        "product": {"sku": sku, "productFamily": "ML Instance", "attributes": {"usagetype": usage}},
        "serviceCode": "AmazonSageMaker",
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
        "version": "20261120100000",
        "publicationDate": "2026-11-20T10:00:00Z",
    }


def page(*products: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
    """One page of GetProducts."""
    content = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(each) for each in products]}
    return {**content, **({"NextToken": token} if token else {})}


def feed(service: str, *rows: tuple[str, str, str, str]) -> io.BytesIO:
    """A public list; each row is a SKU, a usage type, the first unit of its tier, and its price."""
    lines = [
        f'{sku},JRTCKXETXF,{sku}.J.1,OnDemand,"${usd} per hour, on demand",2026-11-01,{begin},Inf,Hrs,{usd},USD,'
        f"EU (Ireland),{usage},RunInstance,{service},eu-west-1"
        for sku, usage, begin, usd in rows
    ]
    return io.BytesIO((PREAMBLE.format(service=service) + "\n".join([HEADING, *lines]) + "\n").encode())
