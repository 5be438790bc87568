"""The invocations of a minute, counted by variant and configuration, and the metrics that they become."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from local_aws.api.service import Scope
from local_aws.sagemaker.hosting.invocation import Fleet, Invocation
from local_aws.sagemaker.hosting.metric_data import Dimensions, rounded

MICROSECONDS = 1_000_000
DIGITS = 3
"""The digits of latencies that are kept, so that a minute has few different ones."""
Counts = Mapping[float, int]
Metric = tuple[Scope, str, str, Dimensions, Counts]
"""Scope, name, unit, dimensions, and how often each value was measured."""


@dataclass
class Tally:
    """The invocations of one variant with one configuration."""

    fleet: Fleet | None
    statuses: Counter[int] = field(default_factory=Counter)
    shares: Counter[float] = field(default_factory=Counter)
    """The values of InvocationsPerInstance: 1 / instances at the time of each request."""
    model: Counter[float] = field(default_factory=Counter)
    overhead: Counter[float] = field(default_factory=Counter)

    def metrics(self) -> Iterator[tuple[str, str, Counts]]:
        """Name, unit and values of each metric that SageMaker has for the variant."""
        calls = self.statuses.total()
        yield from (
            item
            for item in (
                ("Invocations", "None", {1.0: calls}),
                ("InvocationsPerInstance", "None", self.shares),
                ("Invocation4XXErrors", "None", self._ones(range(400, 500))),
                ("Invocation5XXErrors", "None", self._ones(range(500, 600))),
                ("InvocationModelErrors", "None", self._ones(range(200, 300), present=False)),
                ("ModelLatency", "Microseconds", self.model),
                ("OverheadLatency", "Microseconds", self.overhead),
            )
            if self.fleet is None or self.fleet.publishes(item[0])
        )

    def _ones(self, statuses: range, *, present: bool = True) -> Counts:
        """1 for each request with such a status, or without one, and 0 for any other."""
        ones = sum(count for status, count in self.statuses.items() if (status in statuses) == present)
        return {value: count for value, count in ((1.0, ones), (0.0, self.statuses.total() - ones)) if count}


class Tallies:
    """All invocations of a minute."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[Scope, str, str, str], Tally] = {}
        self._containers: dict[tuple[Scope, str, str, str], Counter[float]] = defaultdict(Counter)

    @property
    def variants(self) -> set[tuple[Scope, str, str]]:
        """Scope, endpoint and variant of those that have been invoked."""
        return {key[:3] for key in self._tallies}

    def add(self, scope: Scope, call: Invocation, fleet: Fleet | None) -> None:
        """Count one request."""
        key = scope, call.endpoint, call.variant, call.config
        tally = self._tallies.get(key) or self._tallies.setdefault(key, Tally(fleet))
        latency = rounded(call.model_seconds * MICROSECONDS, DIGITS)
        tally.statuses[call.status] += 1
        tally.shares[1 / max(fleet.instances if fleet else 1, 1)] += 1
        tally.model[latency] += 1
        tally.overhead[rounded(call.overhead_seconds * MICROSECONDS, DIGITS)] += 1
        if call.container:
            self._containers[scope, call.endpoint, call.variant, call.container][latency] += 1

    def metrics(self) -> Iterator[Metric]:
        """All metrics: per variant, and with the configuration too."""
        for (scope, endpoint, variant, config), tally in self._tallies.items():
            of_variant = (("EndpointName", endpoint), ("VariantName", variant))
            for dimensions in (of_variant, (*of_variant, ("EndpointConfigName", config))):
                for name, unit, counts in tally.metrics():
                    yield scope, name, unit, dimensions, counts
        for (scope, endpoint, variant, container), latencies in self._containers.items():
            of_container = (("EndpointName", endpoint), ("VariantName", variant), ("ContainerName", container))
            yield scope, "ContainerLatency", "Microseconds", of_container, latencies
