"""What is measured: an invocation, and a variant in service at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.api.service import Scope

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
