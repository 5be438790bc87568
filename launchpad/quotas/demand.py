"""How many instances an environment can request at once: its workloads, pinned endpoints and notebooks together.

Not included is what no SageMaker quota counts (an EMR cluster), and what users choose themselves (Studio).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from launchpad.catalogue.pinned_endpoints import Pin
from launchpad.quotas.instance_usage import ENDPOINT, NOTEBOOK, instance_usages, most_of_endpoint
from launchpad.requests import Definition
from launchpad.settings import EnvironmentSettings

FLEETS = 2
"""An endpoint's update starts the new instances before the old ones stop, so both count for a while."""

Key = tuple[str, str]
"""An instance type, and the use that a quota counts."""


@dataclass(frozen=True)
class Demand:
    """The number of instances that one quota must allow."""

    instance_type: str
    usage: str
    count: int
    reasons: tuple[str, ...]
    """Who requests how many."""

    @property
    def quota(self) -> str:
        """The quota's name in Service Quotas."""
        return f"{self.instance_type} for {self.usage}"


def demands(settings: EnvironmentSettings, workloads: Mapping[str, Definition], pins: Iterable[Pin]) -> list[Demand]:
    """The total demand by quota, at most what `instance_limits.types` allows of a type."""
    shares = sorted([*_runs(settings, workloads), *_endpoints(settings, workloads, pins), *_notebooks(settings)])
    limits = settings.instance_limits.types
    result = []
    for (instance_type, usage), group in groupby(shares, key=lambda share: share[0]):
        parts = [(reason, count) for _, reason, count in group]
        total = sum(count for _, count in parts)
        limit = limits.get(instance_type, total)
        reasons = [f"{reason}: {count}" for reason, count in parts]
        if limit < total:
            reasons.append(f"limited by instance_limits: {limit}")
        result.append(Demand(instance_type, usage, min(total, limit), tuple(reasons)))
    return result


Share = tuple[Key, str, int]
"""One quota, who requests instances, and how many."""


def _runs(settings: EnvironmentSettings, workloads: Mapping[str, Definition]) -> Iterator[Share]:
    """The demand of concurrent runs; the jobs of one run follow each other."""
    runs = settings.instance_limits.concurrent_jobs
    for name, definition in workloads.items():
        for key, count in _at_once(definition).items():
            yield key, f"{name}, {runs} runs" if runs > 1 else name, count * runs


def _at_once(definition: Definition) -> Counter[Key]:
    """The most that any single job of a run requests, by quota."""
    most: Counter[Key] = Counter()
    for _, job in groupby(instance_usages(definition), key=lambda usage: usage.job):
        together: Counter[Key] = Counter()
        for usage in job:
            if usage.kind != ENDPOINT:
                together[usage.instance_type, usage.kind] += usage.count
        most |= together
    return most


def _endpoints(
    settings: EnvironmentSettings, workloads: Mapping[str, Definition], pins: Iterable[Pin]
) -> Iterator[Share]:
    if settings.direct_deploy:
        for name, definition in workloads.items():
            yield from (
                ((usage.instance_type, ENDPOINT), f"endpoint {name} while it is updated", usage.count * FLEETS)
                for usage in instance_usages(definition)
                if usage.kind == ENDPOINT
            )
    for pin in pins:
        reason = f"endpoint {pin.definition['name']} while it is updated"
        for name, count in most_of_endpoint(pin.definition["serving"]):
            yield (name, ENDPOINT), reason, count * pin.fleets * FLEETS


def _notebooks(settings: EnvironmentSettings) -> Iterator[Share]:
    for notebook in settings.notebooks:
        yield (notebook.instance_type, NOTEBOOK), f"notebook {notebook.name}", 1
