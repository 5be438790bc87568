"""What endpoints measure: calls are counted in memory and published as CloudWatch metrics, once per minute of the clock.

`invoked` and `put` are called in a request's path: they only append to a deque, which is thread-safe without a lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from local_aws.api.service import Scope


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


class Measurements:
    """The measurements of all endpoints of a server."""

    def __init__(self) -> None:
        self._calls: deque[tuple[Scope, Invocation]] = deque()
        self._values: deque[tuple[Scope, str, str, float, str, tuple[tuple[str, str], ...]]] = deque()

    def invoked(self, scope: Scope, invocation: Invocation) -> None:
        """Count one request; from any thread, without waiting."""
        self._calls.append((scope, invocation))

    def put(
        self, scope: Scope, namespace: str, metric: str, value: float, unit: str, dimensions: Mapping[str, str]
    ) -> None:
        """Add one value of a metric that isn't made from invocations; from any thread, without waiting."""
        self._values.append((scope, namespace, metric, value, unit, tuple(sorted(dimensions.items()))))
