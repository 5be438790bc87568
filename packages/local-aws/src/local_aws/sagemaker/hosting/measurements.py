"""What endpoints measure: calls are counted in memory and become CloudWatch metrics once per minute of the clock.

`invoked` and `put` are called in a request's path: they only append to a deque, which is thread-safe without a lock.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.invocation import Fleet, Invocation
from local_aws.sagemaker.hosting.metric_data import Datum, Dimensions, Series, peak, statistics
from local_aws.sagemaker.hosting.tallies import Tallies

__all__ = ["Fleet", "Invocation", "Measurements"]

Publish = Callable[[Scope, str, list[Datum]], None]
NAMESPACE, UTILIZATION = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
VariantKey = tuple[Scope, str, str]
Span = tuple[float, float]


class Measurements:
    """The measurements of all endpoints of a server. `flush` is called by one thread only."""

    def __init__(self) -> None:
        self._calls: deque[tuple[Scope, Invocation, float]] = deque()
        self._values: deque[tuple[Scope, str, str, float, str, Dimensions]] = deque()
        self._series, self._tallies = Series(), Tallies()
        self._disks: dict[VariantKey, float] = {}
        self.fleets: Callable[[], list[Fleet]] = list
        """The variants in service."""
        self.scaled: Callable[[Fleet], bool] = lambda _fleet: False
        """Whether a variant is a scalable target: SageMaker publishes zeros for those without traffic."""

    def invoked(self, scope: Scope, invocation: Invocation) -> None:
        """Count one request; from any thread, without waiting."""
        self._calls.append((scope, invocation, time.time()))

    def put(
        self, scope: Scope, namespace: str, metric: str, value: float, unit: str, dimensions: Mapping[str, str]
    ) -> None:
        """Add one value of a metric that isn't made from invocations; from any thread, without waiting."""
        self._values.append((scope, namespace, metric, value, unit, tuple(sorted(dimensions.items()))))

    def disk_use(self, scope: Scope, endpoint: str, variant: str) -> float:
        """The latest DiskUtilization of a variant: of its fullest instance; 0 until it is measured."""
        return self._disks.get((scope, endpoint, variant), 0.0)

    def concurrency(self, start: float, end: float, publish: Publish) -> None:
        """Publish ConcurrentRequestsPerModel of one period of ten seconds, and count its requests."""
        fleets = self.fleets()
        spans = self._count(fleets)
        for fleet in fleets:
            if fleet.publishes("ConcurrentRequestsPerModel") and fleet.instances:
                highest = max(peak(spans[_key(fleet)], start), fleet.in_flight)
                each = [min(fleet.in_flight, highest) / fleet.instances, highest / fleet.instances]
                datum = statistics("ConcurrentRequestsPerModel", "None", _of(fleet), each, (start + end) / 2)
                publish(fleet.scope, NAMESPACE, [datum])

    def flush(self, moment: float, publish: Publish) -> None:
        """Publish everything since the last call as the datapoints of one minute; ``moment`` is in that minute."""
        fleets = self.fleets()
        self._count(fleets)
        series, tallies = self._series, self._tallies
        self._series, self._tallies = Series(), Tallies()
        self._measure(fleets, tallies.variants, series)
        for scope, metric, unit, dimensions, counts in tallies.metrics():
            series.add(scope, NAMESPACE, metric, unit, dimensions, counts)
        for (scope, namespace), data in series.data(moment).items():
            publish(scope, namespace, data)

    def _count(self, fleets: Iterable[Fleet]) -> dict[VariantKey, list[Span]]:
        """Count what has been added so far, so that little memory is used; returns the requests' spans of time."""
        spans: dict[VariantKey, list[Span]] = defaultdict(list)
        by_key = {_key(fleet): fleet for fleet in fleets}
        for scope, call, end in _drained(self._calls):
            key = scope, call.endpoint, call.variant
            spans[key].append((end - call.model_seconds, end))
            self._tallies.add(scope, call, by_key.get(key))
        for scope, namespace, metric, value, unit, dimensions in _drained(self._values):
            self._series.add(scope, namespace, metric, unit, dimensions, {value: 1})
        return spans

    def _measure(self, fleets: Iterable[Fleet], active: Container[VariantKey], series: Series) -> None:
        """Add the use of the machine, and zeros for scaled variants without traffic."""
        disks: dict[VariantKey, float] = {}
        for fleet in fleets:
            silent = _key(fleet) not in active
            for metric in ("Invocations", "InvocationsPerInstance") if silent and self.scaled(fleet) else ():
                if fleet.publishes(metric):
                    series.add(fleet.scope, NAMESPACE, metric, "None", _of(fleet), {0.0: 1})
            samples = list(fleet.utilization()) if fleet.publishes("CPUUtilization") else []
            disks[_key(fleet)] = max((sample.get("DiskUtilization", 0.0) for sample in samples), default=0.0)
            for sample in samples:
                for metric, value in sample.items():
                    series.add(fleet.scope, UTILIZATION, metric, "Percent", _of(fleet), {value: 1})
        self._disks = disks


def _key(fleet: Fleet) -> VariantKey:
    return fleet.scope, fleet.endpoint, fleet.variant


def _of(fleet: Fleet) -> Dimensions:
    return (("EndpointName", fleet.endpoint), ("VariantName", fleet.variant))


def _drained(items: deque[Any]) -> list[Any]:
    """What has been added so far; more may be added meanwhile."""
    return [items.popleft() for _ in range(len(items))]
