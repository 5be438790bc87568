"""UpdateEndpoint's RetainAllVariantProperties: scaled instances and weights survive a new configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_aws.sagemaker.hosting.variants import Variant

PROPERTIES = {
    "DesiredWeight": ("InitialVariantWeight", "weight"),
    "DesiredInstanceCount": ("InitialInstanceCount", "desired"),
}
"""AWS's VariantPropertyType: the configuration's member that it overrides, and the running variant's attribute."""


def retain_variants(
    variants: list[dict[str, Any]], running: Iterable[Variant], request: dict[str, Any]
) -> list[dict[str, Any]]:
    """The new configuration's variants, with the properties that the request keeps from running ones of that name."""
    if not request.get("RetainAllVariantProperties"):
        return variants
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", ())}
    retained = [PROPERTIES[name] for name in PROPERTIES.keys() - excluded]
    by_name = {variant.name: variant for variant in running}
    return [
        {**variant, **{member: getattr(by_name[variant["VariantName"]], attribute) for member, attribute in retained}}
        if variant["VariantName"] in by_name and "ServerlessConfig" not in variant
        else variant
        for variant in variants
    ]


def as_last_scaled(variants: list[dict[str, Any]], summaries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A configuration's variants with the weights and instances that DescribeEndpoint last reported of them."""
    last = {summary["VariantName"]: summary for summary in summaries}
    return [
        {
            **variant,
            **{
                initial: last[variant["VariantName"]][desired]
                for desired, (initial, _) in PROPERTIES.items()
                if desired in last.get(variant["VariantName"], ())
            },
        }
        for variant in variants
    ]
