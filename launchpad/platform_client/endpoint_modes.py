"""How an endpoint serves, in a few words: its mode, and its variants with their shares of the requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def mode_of(config: Mapping[str, Any]) -> str:
    """`realtime`, `serverless` or `async`, of the response of DescribeEndpointConfig or DescribeEndpoint."""
    if config.get("AsyncInferenceConfig"):
        return "async"
    variants = config.get("ProductionVariants") or []
    members = ("ServerlessConfig", "CurrentServerlessConfig", "DesiredServerlessConfig")
    return "serverless" if any(variant.get(member) for variant in variants for member in members) else "realtime"


def in_words(endpoint: Mapping[str, Any]) -> str:
    """How an endpoint serves, of DescribeEndpoint's response: its mode unless it is real time, and its variants.

    One variant has no name worth a word, but its instances.
    """
    variants = endpoint.get("ProductionVariants") or []
    shadows = endpoint.get("ShadowProductionVariants") or []
    mode = mode_of(endpoint)
    shares = list(_shares(variants)) if len(variants) > 1 else [_capacity(variant) for variant in variants]
    words = [mode if mode != "realtime" else "", *shares, *(f"shadow {item['VariantName']}" for item in shadows)]
    return ", ".join(word for word in words if word)


def _shares(variants: list[Mapping[str, Any]]) -> Iterator[str]:
    weights = {variant["VariantName"]: variant.get("CurrentWeight") or 0.0 for variant in variants}
    total = sum(weights.values())
    for name, weight in weights.items():
        yield f"{name} {weight / total:.0%}" if total else name


def _capacity(variant: Mapping[str, Any]) -> str:
    serverless = variant.get("CurrentServerlessConfig")
    if serverless:
        return f"{serverless['MemorySizeInMB']} MB"
    count = variant.get("CurrentInstanceCount")
    return "" if count is None else f"{count} instance{'' if count == 1 else 's'}"
