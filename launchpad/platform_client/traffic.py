"""How far an update of an endpoint has come, as DescribeEndpoint reports it (PendingDeploymentSummary)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Endpoint = Mapping[str, Any]
"""The response of DescribeEndpoint."""


def shift(endpoint: Endpoint) -> str:
    """The endpoint's status; while an update shifts traffic, with what its new instances do."""
    pending = endpoint.get("PendingDeploymentSummary") or {}
    steps = [step for variant in pending.get("ProductionVariants", []) for step in _steps(variant)]
    return f"{endpoint['EndpointStatus']}: {'; '.join(steps)}" if steps else str(endpoint["EndpointStatus"])


def _steps(variant: Mapping[str, Any]) -> Iterator[str]:
    """What the newest status of a variant says; of one with instances also how many of them get requests."""
    statuses = variant.get("VariantStatus") or []
    if not statuses:
        return
    newest = statuses[-1]
    current, desired = variant.get("CurrentInstanceCount"), variant.get("DesiredInstanceCount")
    words = newest.get("StatusMessage") or newest["Status"]
    if current is None or not desired or newest["Status"] == "Creating":
        yield f"{variant['VariantName']}: {words}"
    else:
        yield f"{variant['VariantName']}: {current} of {desired} new instances get requests ({words})"
