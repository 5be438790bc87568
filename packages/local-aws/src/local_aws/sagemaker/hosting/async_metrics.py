"""The metrics of asynchronous endpoints' queues, put once per minute of the clock, also while a queue is empty."""

from __future__ import annotations

import threading
from collections.abc import Callable

from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.sagemaker.hosting.async_backlog import Backlog
from local_aws.sagemaker.hosting.measurements import Measurements
from local_aws.sagemaker.kinds import ENDPOINT

MINUTE = 60.0
NAMESPACE = "AWS/SageMaker"


class BacklogMetrics:
    """Puts the metrics in a thread."""

    def __init__(
        self, context: Context, measurements: Measurements, backlog_of: Callable[[Record], Backlog | None]
    ) -> None:
        self._context, self._measurements, self._backlog_of = context, measurements, backlog_of

    def start(self, closed: threading.Event) -> None:
        """Put them until ``closed`` is set."""
        threading.Thread(target=self._run, args=(closed,), name="async backlogs", daemon=True).start()

    def _run(self, closed: threading.Event) -> None:
        while self._context.clock.sleep(MINUTE, closed):
            for endpoint in self._context.store.every(ENDPOINT):
                if "AsyncInferenceConfig" in endpoint.details:
                    self._measure(endpoint)

    def _measure(self, endpoint: Record) -> None:
        backlog = self._backlog_of(endpoint)
        sizes, age = (backlog.sizes(), backlog.age()) if backlog else ((0, 0), 0.0)
        instances = sum(each.get("CurrentInstanceCount", 0) for each in endpoint.details.get("ProductionVariants", ()))
        for metric, value in backlog_metrics(*sizes, instances, age * self._context.clock.speed).items():
            unit = "Seconds" if metric == "ApproximateAgeOfOldestRequest" else "Count"
            self._measurements.put(endpoint.scope, NAMESPACE, metric, value, unit, {"EndpointName": endpoint.name})


def backlog_metrics(waiting: int, running: int, instances: int, age: float) -> dict[str, float]:
    """The metrics of a queue. Without instances there is no size per instance."""
    size = waiting + running
    per_instance = {"ApproximateBacklogSizePerInstance": size / instances} if instances else {}
    return {
        "ApproximateBacklogSize": size,
        **per_instance,
        "HasBacklogWithoutCapacity": float(size > 0 and not instances),
        "ApproximateAgeOfOldestRequest": age,
    }
