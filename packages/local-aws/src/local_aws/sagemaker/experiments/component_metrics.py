"""The metrics of trial components: the API sagemaker-metrics, and their summaries."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from local_aws.api.errors import not_implemented
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record, Store
from local_aws.context import Context
from local_aws.sagemaker.experiments.experiment_kinds import METRIC, TRIAL_COMPONENT

Request = dict[str, Any]
Point = tuple[float, int | None, float]
"""The time of a value, its step, and the value."""
EARLIEST, LATEST = 14 * 24 * 3600, 2 * 3600
"""How far before and after now a time may be, in seconds, as the SageMaker SDK checks it."""
STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Min": min,
    "Max": max,
    "Avg": statistics.fmean,
    "Count": lambda numbers: float(len(numbers)),
    "StdDev": statistics.pstdev,
    "Last": lambda numbers: numbers[-1],
}


class ComponentMetrics:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {"BatchPutMetrics": self.put, "BatchGetMetrics": self.get}

    def put(self, scope: Scope, request: Request) -> Request:
        """BatchPutMetrics: what is refused is named by its index, the rest is kept."""
        component = self._component(scope, request["TrialComponentName"])
        now, errors = time.time(), []
        for index, metric in enumerate(request["MetricData"]):
            if component is None or not now - EARLIEST <= metric["Timestamp"] <= now + LATEST:
                errors.append({"Code": "VALIDATION_ERROR", "MetricIndex": index})
            else:
                self._keep(component, metric)
        return {"Errors": errors} if errors else {}

    def get(self, scope: Scope, request: Request) -> Request:
        """BatchGetMetrics: a statistic for each step."""
        return {"MetricQueryResults": [self._queried(scope, query) for query in request["MetricQueries"]]}

    def _queried(self, scope: Scope, query: Request) -> Request:
        if {query["XAxisType"], query["Period"]} != {"IterationNumber"} or "Start" in query or "End" in query:
            raise not_implemented(
                "BatchGetMetrics by time, whose unit AWS does not document: "
                "set XAxisType and Period to IterationNumber, without Start and End"
            )
        record = self._store.by_arn(scope, query["ResourceArn"])
        if record is None or record.kind is not TRIAL_COMPONENT:
            message = f"{query['ResourceArn']} is no trial component with metrics."
            return {"Status": "ValidationError", "Message": message, "XAxisValues": [], "MetricValues": []}
        steps: dict[int, list[float]] = {}
        for _, step, number in points_of(self._store, record).get(query["MetricName"], []):
            if step is not None:
                steps.setdefault(step, []).append(number)
        ordered = sorted(steps)
        numbers = [STATISTICS[query["MetricStat"]](steps[step]) for step in ordered]
        return {"Status": "Complete", "XAxisValues": ordered, "MetricValues": numbers}

    def _component(self, scope: Scope, name: str) -> Record | None:
        """The component; the API takes names in lower case only."""
        records: list[Record] = self._store.all(TRIAL_COMPONENT, scope)
        return next((record for record in records if record.name.lower() == name), None)

    def _keep(self, component: Record, metric: Request) -> None:
        point = (metric["Timestamp"], metric.get("Step"), metric["Value"])
        with self._store.lock:
            key = f"{component.name}/{metric['MetricName']}"
            record = self._store.find(METRIC, component.scope, key)
            if record is None:
                own = {"Component": component.name, "MetricName": metric["MetricName"], "Points": [point]}
                self._store.create(METRIC, component.scope, key, own)
            else:
                record.update(Points=[*record.details["Points"], point])


def points_of(store: Store, component: Record) -> dict[str, list[Point]]:
    """The values of a component's metrics by the metrics' names, in the order of their times."""
    records = [metric for metric in store.all(METRIC, component.scope) if metric.details["Component"] == component.name]
    return {
        str(record.details["MetricName"]): sorted(record.details["Points"], key=lambda point: float(point[0]))
        for record in records
    }


def summaries(store: Store, component: Record) -> list[Request]:
    """A component's Metrics, as DescribeTrialComponent has them."""
    return [_summary(component, name, points) for name, points in sorted(points_of(store, component).items())]


def forget(store: Store, component: Record) -> None:
    """Remove the metrics of a deleted component."""
    for record in store.all(METRIC, component.scope):
        if record.details["Component"] == component.name:
            store.remove(record)


def _summary(component: Record, name: str, points: list[Point]) -> Request:
    numbers = [number for _, _, number in points]
    return {
        "MetricName": name,
        "SourceArn": component.details.get("Source", {}).get("SourceArn", component.arn),
        "TimeStamp": points[-1][0],
        **{statistic: compute(numbers) for statistic, compute in STATISTICS.items()},
        "Count": len(numbers),
    }
