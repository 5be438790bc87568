"""The metrics of asynchronous endpoints' queues, put once per minute of the clock, also while a queue is empty."""

from __future__ import annotations

from local_aws.api.store import Record
from local_aws.sagemaker.hosting.async_backlog import Backlog
from local_aws.sagemaker.hosting.measurements import Measurements

NAMESPACE = "AWS/SageMaker"


def put_backlog(measurements: Measurements, endpoint: Record, backlog: Backlog | None, speed: float) -> None:
    """Put the metrics of an endpoint's queue (None: it has had no request), with times of a clock of this speed."""
    sizes, age = (backlog.sizes(), backlog.age()) if backlog else ((0, 0), 0.0)
    instances = sum(each.get("CurrentInstanceCount", 0) for each in endpoint.details.get("ProductionVariants", ()))
    for metric, value in backlog_metrics(*sizes, instances, age * speed).items():
        unit = "Seconds" if metric == "ApproximateAgeOfOldestRequest" else "Count"
        measurements.put(endpoint.scope, NAMESPACE, metric, value, unit, {"EndpointName": endpoint.name})


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
