"""Compares demand with quotas: which are too low, and what can be done about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from launchpad.catalogue import load_catalogue
from launchpad.catalogue.pinned_endpoints import load_pins
from launchpad.quotas.demand import Demand, demands
from launchpad.quotas.service import Quota, open_requests, read_quotas
from launchpad.settings import EnvironmentSettings


@dataclass(frozen=True)
class Finding:
    """One demand, and what AWS allows."""

    demand: Demand
    quota: Quota | None
    """None if the region has no such quota, because it doesn't have these instances."""
    requested: float | None
    """The value of a request that AWS has not decided on yet."""

    @property
    def short(self) -> bool:
        """Whether AWS allows less than may be requested."""
        return self.quota is None or self.quota.value < self.demand.count

    @property
    def can_be_requested(self) -> bool:
        """Whether an increase is needed and may be requested: AWS takes one request per quota at a time."""
        return self.short and self.requested is None and self.quota is not None and self.quota.adjustable

    @property
    def verdict(self) -> str:
        """The result in words."""
        if not self.short:
            return "enough"
        if self.quota is None:
            return "not offered in this region: choose another instance type"
        if self.requested is not None:
            return f"{self.requested:g} requested; AWS has not decided yet"
        return "short" if self.quota.adjustable else "short, and AWS raises it for nobody"


def compare(demands: Iterable[Demand], quotas: Mapping[str, Quota], requested: Mapping[str, float]) -> list[Finding]:
    """Every demand with its quota; quotas that are too low come first."""
    findings = []
    for demand in demands:
        quota = quotas.get(demand.quota)
        findings.append(Finding(demand, quota, requested.get(quota.code) if quota else None))
    return sorted(findings, key=lambda finding: (not finding.short, finding.demand.quota))


def instance_findings(settings: EnvironmentSettings, client: Any) -> list[Finding]:
    """Every instance quota that an environment's workloads, pins and notebooks need, with a client of Service Quotas.

    AWS is not asked where no instance is.
    """
    demanded = demands(settings, load_catalogue(settings).workloads, load_pins(settings))
    return compare(demanded, read_quotas(client), open_requests(client)) if demanded else []
