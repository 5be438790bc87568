"""The rows of an endpoint's page: the variants that answer now, and what it was asked to serve before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.platform_client.change_outcomes import Change

OUTCOMES = {"current": "good", "failed": "bad", "refused": "bad"}
"""The colours of changes by their outcome."""


@dataclass(frozen=True)
class Variant:
    """One production variant as a row."""

    name: str
    instances: str
    type: str
    weight: str
    model: str


@dataclass(frozen=True)
class Release:
    """One change of what is served as a row."""

    time: str
    job: str
    by: str
    outcome: str
    tone: str
    reason: str


def variants_of(description: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[Variant]:
    """The variants and shadows of an endpoint (DescribeEndpoint) and its configuration as rows."""
    for member, role in (("ProductionVariants", ""), ("ShadowProductionVariants", " (shadow)")):
        running = {item["VariantName"]: item for item in description.get(member) or []}
        for variant in config.get(member) or []:
            state = running.get(variant["VariantName"], {})
            yield Variant(
                name=f"{variant['VariantName']}{role}",
                instances=_instances(variant, state),
                type=_type(variant),
                weight=f"{state.get('CurrentWeight', variant.get('InitialVariantWeight', 1)):g}",
                model=variant.get("ModelName", ""),
            )


def _instances(variant: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    if "ServerlessConfig" in variant:
        return "serverless"
    current, desired = state.get("CurrentInstanceCount", "?"), state.get("DesiredInstanceCount", "?")
    return f"{current} of {desired}" if current != desired else str(current)


def _type(variant: Mapping[str, Any]) -> str:
    """The instance type, those of the pools in their order, or a serverless variant's memory."""
    if serverless := variant.get("ServerlessConfig"):
        return f"{serverless['MemorySizeInMB']} MB"
    pools = sorted(variant.get("InstancePools") or [], key=lambda pool: pool.get("Priority", 0))
    return ", ".join(pool["InstanceType"] for pool in pools) or variant.get("InstanceType", "")


def release_of(change: Change) -> Release:
    """A change as a row."""
    return Release(
        f"{change.time:%Y-%m-%d %H:%M}",
        change.job or change.endpoint_config,
        " ".join(filter(None, (change.by, change.run))),
        change.outcome,
        OUTCOMES.get(change.outcome, ""),
        " ".join(change.reason.split()),
    )
