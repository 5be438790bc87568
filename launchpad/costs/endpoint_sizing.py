"""Whether smaller instances would have done for an endpoint, or none at all: serverless, or scaled to zero.

The rules are in docs/costs.md, "A smaller instance". They look at seven days, because traffic has a weekly pattern.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchpad.costs.capacities import capacity_of
from launchpad.costs.charge import HOURS, SECONDS
from launchpad.costs.instance_choice import MOST_MEMORY, Instances, Prices, cost_of, share
from launchpad.costs.keys import ASYNC, SAGEMAKER, instance_key
from launchpad.costs.measured import Measured
from launchpad.costs.right_sizing import NEARLY_FULL, Advice, advise
from launchpad.costs.wording import money

DAYS = 7
WINDOW_HOURS = DAYS * 24
FEWEST_HOURS = 160
"""The hours with samples, of the 168 of seven days, that advice needs."""
MOST_OF_COST = 0.5
"""The share of the instances' cost from which on another mode is worth its drawbacks."""
LARGEST_GB = 6
"""The most memory of a serverless endpoint."""

SEVERAL_MODELS, SEVERAL_VARIANTS = "it serves several models", "it has several variants"
"""What excludes asynchronous endpoints, too: one has one variant, and a request to it can't choose among models."""


@dataclass(frozen=True)
class EndpointUse:
    """What a variant's instances did in the last seven days."""

    measured: Measured
    """The load in each hour: the busiest minute of the busiest instance."""
    hours: int
    """The hours with samples of the instances."""
    invocations: float
    model_seconds: float
    """The sum of ModelLatency: what a serverless endpoint would be paid for."""
    busy_hours: int
    """The hours with at least one request."""


def advise_endpoint(
    use: EndpointUse, instances: Instances, excluded: Sequence[str], prices: Prices, *, local: bool = False
) -> list[Advice]:
    """What the rules say about one variant; `excluded` has the reasons why it can't be serverless."""
    capacity = capacity_of(instances.instance_type)
    memory = share(use.measured.memory_gib, capacity.memory_gib, 1, 1) if capacity else 0.0
    if local or capacity is None or memory >= NEARLY_FULL:
        return advise(use.measured, instances, prices, local=local)
    if use.hours < FEWEST_HOURS or not use.invocations:
        numbers = (
            f"{use.hours} hours with samples and {use.invocations:.0f} requests in the last {DAYS} days are too little"
            f" data: it needs {FEWEST_HOURS} of the {WINDOW_HOURS} hours, and requests."
        )
        return [Advice("No advice on the size", numbers)]
    monthly = cost_of(instances, instances.instance_type, instances.count, prices)
    others = [] if monthly is None else list(_other_modes(use, instances, monthly, excluded, prices))
    return [*advise(use.measured, instances, prices), *others]


def _other_modes(
    use: EndpointUse, instances: Instances, monthly: float, excluded: Sequence[str], prices: Prices
) -> Iterator[Advice]:
    yield from _serverless(use, monthly, excluded, prices)
    if instances.use != ASYNC and not {SEVERAL_MODELS, SEVERAL_VARIANTS} & set(excluded):
        yield from _scaled_to_zero(use, instances, monthly, prices)


def _serverless(use: EndpointUse, monthly: float, excluded: Sequence[str], prices: Prices) -> Iterator[Advice]:
    """What the same answers would cost without instances, below half of what the instances cost."""
    size = max(1, math.ceil(use.measured.memory_gib.busiest / MOST_MEMORY)) if use.measured.memory_gib else LARGEST_GB
    price = prices.get(f"{SAGEMAKER}/ServerlessInf:Mem-{min(size, LARGEST_GB)}GB")
    if price is None:
        return
    busy = use.model_seconds / (use.hours * 3600)
    usd = busy * SECONDS * price
    if usd > monthly * MOST_OF_COST:
        return
    break_even = monthly / (price * SECONDS)
    numbers = (
        f"{use.invocations:.0f} requests kept the model busy {_percent(busy)} of {use.hours} h; serverless costs less"
        f" below {break_even:.0%}."
    )
    rule = (
        f"the time of all answers at the price of the smallest memory that is at most {MOST_MEMORY:.0%} full, without"
        f" data in and out, at most {MOST_OF_COST:.0%} of the instances' cost"
    )
    reasons = [*excluded, *([f"it needs more than {LARGEST_GB} GB of memory"] if size > LARGEST_GB else [])]
    amount = f"about {money(usd)} a month instead of {money(monthly)}"
    if reasons:
        numbers += f" It would cost {amount}, but {', and '.join(reasons)}."
        yield Advice("Serverless is excluded", numbers, rule=rule)
        return
    remedy = (
        f"write `mode: serverless` and `serverless.memory_mb: {size * 1024}` instead of `instance`: {amount}; the first"
        " answers after a pause take longer"
    )
    yield Advice("Serverless would cost less", numbers, remedy, rule, saving_usd=round(monthly - usd, 6), per="month")


def _scaled_to_zero(use: EndpointUse, instances: Instances, monthly: float, prices: Prices) -> Iterator[Advice]:
    """What instances cost that run only in hours with requests, which asynchronous endpoints can do."""
    price = prices.get(instance_key(ASYNC, instances.instance_type))
    usd = monthly if price is None else price * instances.count * HOURS * use.busy_hours / use.hours
    if usd <= monthly * MOST_OF_COST:
        numbers = f"It had requests in {use.busy_hours} of {use.hours} h."
        remedy = (
            "if its callers can wait for an answer in S3, write `mode: async` and `scaling.minimum: 0`: about"
            f" {money(usd)} a month instead of {money(monthly)}"
        )
        rule = f"instances in hours with requests only, at most {MOST_OF_COST:.0%} of the instances' cost"
        yield Advice(
            "Scaled to zero it would cost less", numbers, remedy, rule, saving_usd=round(monthly - usd, 6), per="month"
        )


def exclusions(config: Mapping[str, Any], models: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why an endpoint can't be serverless, of the answers of DescribeEndpointConfig and DescribeModel.

    The source is "Serverless endpoints: feature exclusions" in the developer guide.
    """
    listed, variants = list(models), config.get("ProductionVariants") or []
    capacity = capacity_of(str(variants[0].get("InstanceType"))) if variants else None
    rules = {
        "its instances have GPUs": bool(capacity and (capacity.gpus or capacity.accelerated)),
        "its model is isolated (`network_isolation: false` allows it)": _any(listed, "EnableNetworkIsolation"),
        "its model is in a VPC": _any(listed, "VpcConfig"),
        "its model has several containers": any(len(model.get("Containers") or []) > 1 for model in listed),
        SEVERAL_MODELS: any(_serves_several(model) for model in listed),
        "it is asynchronous (serverless answers within 60 s, up to 4 MB)": "AsyncInferenceConfig" in config,
        "its requests are captured": bool((config.get("DataCaptureConfig") or {}).get("EnableCapture")),
        SEVERAL_VARIANTS: len([*variants, *(config.get("ShadowProductionVariants") or [])]) > 1,
    }
    return [reason for reason, holds in rules.items() if holds]


def _any(models: Iterable[Mapping[str, Any]], member: str) -> bool:
    return any(model.get(member) for model in models)


def _serves_several(model: Mapping[str, Any]) -> bool:
    containers = [model.get("PrimaryContainer") or {}, *(model.get("Containers") or [])]
    return any(container.get("Mode") == "MultiModel" for container in containers)


def _percent(fraction: float) -> str:
    return "less than 0.01%" if 0 < fraction < 0.0001 else f"{fraction:.2%}"
