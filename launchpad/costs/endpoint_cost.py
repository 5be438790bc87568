"""What an endpoint costs at most, by its mode: with all instances that scaling may start, or always busy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.costs.charge import HOURS, SECONDS
from launchpad.costs.environment_cost import Total
from launchpad.costs.keys import ASYNC, HOST, SAGEMAKER, instance_key
from launchpad.costs.price_list import PriceList
from launchpad.costs.work import Part, WorkCost, part
from launchpad.requests import Definition
from launchpad.requests.variants import instance_choices


def endpoint_cost(definition: Definition, prices: PriceList) -> WorkCost:
    """A month of the endpoint of a workload's `serving` section; of a serverless one, an hour of answers."""
    section, name = definition["serving"], definition["name"]
    if section["mode"] == "serverless":
        return _serverless(name, section["serverless"] or {}, prices)
    count, note = section["instance"]["count"], ""
    if scaling := section.get("scaling"):
        count, note = scaling["maximum"], f", at least {scaling['minimum']} by scaling"
    use = ASYNC if section["mode"] == "async" else HOST
    choices = instance_choices(section["instance"])
    parts = [part(prices, instance_key(use, choice), count * HOURS) for choice in choices]
    return WorkCost(name, "endpoint", "month", _most(parts), f"{count} x {' or '.join(choices)}{note}")


def _most(parts: list[Part]) -> Total:
    """The most expensive choice; unknown as long as one of them is."""
    unknown = tuple(key for usd, key in parts if usd is None)
    return Total(0.0, unknown) if unknown else Total(max(usd for usd, _ in parts if usd is not None))


def _serverless(name: str, settings: Mapping[str, Any], prices: PriceList) -> WorkCost:
    size, most = settings.get("memory_mb", 2048) // 1024, settings.get("max_concurrency", 5)
    provisioned = settings.get("provisioned_concurrency") or 0
    how = f"serverless, {size} GB: {most} answers at once, without a pause"
    parts = [part(prices, f"{SAGEMAKER}/ServerlessInf:Mem-{size}GB", most * SECONDS / HOURS)]
    if provisioned:
        key = f"{SAGEMAKER}/ProvisionedConcurrency:Usage-{size}GB"
        parts.append(part(prices, key, provisioned * SECONDS / HOURS))
        how += f", {provisioned} of them provisioned"
    return WorkCost(name, "endpoint", "hour", Total.of(parts), how)
