"""What endpoints measure: calls are counted in memory and become CloudWatch metrics once per minute of the clock.

`invoked` and `put` are called in a request's path: they only append to a deque, which is thread-safe without a lock.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.metric_data import Datum, counted, peak, statistics

Publish = Callable[[Scope, str, list[Datum]], None]
NAMESPACE, UTILIZATION = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
MICROSECONDS = 1_000_000
Dimensions = tuple[tuple[str, str], ...]
UNPUBLISHED: Mapping[str, frozenset[str]] = {
    "realtime": frozenset(),
    "serverless": frozenset({"InvocationsPerInstance", "ConcurrentRequestsPerModel", "CPUUtilization"}),
    "async": frozenset({"Invocations", "InvocationsPerInstance", "OverheadLatency", "ConcurrentRequestsPerModel"}),
}
"""What isn't published, by mode ("Monitor a serverless endpoint", "Monitor an asynchronous endpoint": full lists)."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One request that reached a variant, after its response (for a stream: after its last part)."""

    endpoint: str
    variant: str
    config: str
    """The endpoint configuration of the fleet that responded: during an update, the old one or the new one."""
    status: int
    """The status of the container's response; 500 if it gave none, such as after a timeout."""
    model_seconds: float
    overhead_seconds: float
    container: str | None = None
    """ContainerHostname, where a model has several containers."""
    model: str | None = None
    """TargetModel of a multi-model endpoint."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A variant in service, as it is at a moment."""

    scope: Scope
    endpoint: str
    variant: str
    instances: int
    in_flight: int
    utilization: Callable[[], Iterable[Mapping[str, float]]]
    """Per instance its CPUUtilization, MemoryUtilization and DiskUtilization since the last call; slow."""
    mode: str = "realtime"
    """realtime, serverless or async: see `UNPUBLISHED`."""

    def publishes(self, metric: str) -> bool:
        """Whether SageMaker has this metric for variants of this mode."""
        return metric not in UNPUBLISHED[self.mode]


class Measurements:
    """The measurements of all endpoints of a server. `flush` is called by one thread only."""

    def __init__(self) -> None:
        self._calls: deque[tuple[Scope, Invocation]] = deque()
        self._values: deque[tuple[Scope, str, str, float, str, Dimensions]] = deque()
        self._spans: deque[tuple[Scope, str, str, float, float]] = deque()
        self.fleets: Callable[[], list[Fleet]] = list
        """The variants in service."""
        self.scaled: Callable[[Fleet], bool] = lambda _fleet: False
        """Whether a variant is a scalable target: SageMaker publishes zeros for those without traffic."""

    def invoked(self, scope: Scope, invocation: Invocation) -> None:
        """Count one request; from any thread, without waiting."""
        self._calls.append((scope, invocation))
        end = time.time()
        self._spans.append((scope, invocation.endpoint, invocation.variant, end - invocation.model_seconds, end))

    def put(
        self, scope: Scope, namespace: str, metric: str, value: float, unit: str, dimensions: Mapping[str, str]
    ) -> None:
        """Add one value of a metric that isn't made from invocations; from any thread, without waiting."""
        self._values.append((scope, namespace, metric, value, unit, tuple(sorted(dimensions.items()))))

    def concurrency(self, start: float, end: float, publish: Publish) -> None:
        """Publish ConcurrentRequestsPerModel of one period of ten seconds."""
        spans: dict[tuple[Scope, str, str], list[tuple[float, float]]] = defaultdict(list)
        for scope, endpoint, variant, begun, ended in _drained(self._spans):
            spans[scope, endpoint, variant].append((begun, ended))
        for fleet in self.fleets():
            if fleet.publishes("ConcurrentRequestsPerModel") and fleet.instances:
                highest = max(peak(spans[fleet.scope, fleet.endpoint, fleet.variant], start), fleet.in_flight)
                each = [min(fleet.in_flight, highest) / fleet.instances, highest / fleet.instances]
                datum = statistics("ConcurrentRequestsPerModel", "None", _of(fleet), each, (start + end) / 2)
                publish(fleet.scope, NAMESPACE, [datum])

    def flush(self, moment: float, publish: Publish) -> None:
        """Publish everything since the last call as the datapoints of one minute; ``moment`` is in that minute."""
        fleets = self.fleets()
        by_name = {(fleet.scope, fleet.endpoint, fleet.variant): fleet for fleet in fleets}
        series = _Series(_drained(self._calls), by_name)
        silent = [fleet for key, fleet in by_name.items() if key not in series.active and self.scaled(fleet)]
        for fleet in silent:
            for metric in ("Invocations", "InvocationsPerInstance"):
                if fleet.publishes(metric):
                    series.add(fleet.scope, NAMESPACE, metric, "None", _of(fleet), 0.0)
        for scope, namespace, metric, value, unit, dimensions in _drained(self._values):
            series.add(scope, namespace, metric, unit, dimensions, value)
        for fleet in fleets:
            for sample in fleet.utilization() if fleet.publishes("CPUUtilization") else ():
                for metric, value in sample.items():
                    series.add(fleet.scope, UTILIZATION, metric, "Percent", _of(fleet), value)
        for (scope, namespace), data in series.data(moment).items():
            publish(scope, namespace, data)


class _Series:
    """Values by metric, from the calls of a minute."""

    def __init__(
        self, calls: Iterable[tuple[Scope, Invocation]], fleets: Mapping[tuple[Scope, str, str], Fleet]
    ) -> None:
        self._values: dict[tuple[Scope, str, str, str, Dimensions], list[float]] = defaultdict(list)
        self.active: set[tuple[Scope, str, str]] = set()
        for scope, call in calls:
            key = scope, call.endpoint, call.variant
            fleet = fleets.get(key)
            self.active.add(key)
            self._count(scope, call, fleet)

    def _count(self, scope: Scope, call: Invocation, fleet: Fleet | None) -> None:
        variant = (("EndpointName", call.endpoint), ("VariantName", call.variant))
        values = [
            ("Invocations", "None", 1.0),
            ("InvocationsPerInstance", "None", 1 / max(fleet.instances if fleet else 1, 1)),
            ("Invocation4XXErrors", "None", float(400 <= call.status < 500)),
            ("Invocation5XXErrors", "None", float(call.status >= 500)),
            ("InvocationModelErrors", "None", float(not 200 <= call.status < 300)),
            ("ModelLatency", "Microseconds", call.model_seconds * MICROSECONDS),
            ("OverheadLatency", "Microseconds", call.overhead_seconds * MICROSECONDS),
        ]
        values = [item for item in values if fleet is None or fleet.publishes(item[0])]
        for dimensions in (variant, (*variant, ("EndpointConfigName", call.config))):
            for metric, unit, value in values:
                self.add(scope, NAMESPACE, metric, unit, dimensions, value)
        if call.container:
            of_container = (*variant, ("ContainerName", call.container))
            latency = call.model_seconds * MICROSECONDS
            self.add(scope, NAMESPACE, "ContainerLatency", "Microseconds", of_container, latency)

    def add(self, scope: Scope, namespace: str, metric: str, unit: str, dimensions: Dimensions, value: float) -> None:
        self._values[scope, namespace, metric, unit, dimensions].append(value)

    def data(self, moment: float) -> dict[tuple[Scope, str], list[Datum]]:
        data: dict[tuple[Scope, str], list[Datum]] = defaultdict(list)
        for (scope, namespace, metric, unit, dimensions), values in self._values.items():
            data[scope, namespace].append(counted(metric, unit, dimensions, values, moment))
        return data


def _of(fleet: Fleet) -> Dimensions:
    return (("EndpointName", fleet.endpoint), ("VariantName", fleet.variant))


def _drained(items: deque[Any]) -> list[Any]:
    """What has been added so far; more may be added meanwhile."""
    return [items.popleft() for _ in range(len(items))]
