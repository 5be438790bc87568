"""The quality gate: a model that misses it is never registered or deployed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launchpad.requests.context import Definition, RequestError


def check_quality(definition: Definition, final_metrics: Iterable[Mapping[str, Any]]) -> None:
    """Compare a job's `FinalMetricDataList` with the workload's gate; a workload without one always passes.

    Raises:
        RequestError: the metric was never reported, or misses its bound.
    """
    gate = definition.get("quality_gate")
    if not gate:
        return
    name = gate["metric"]
    values = {metric["MetricName"]: metric["Value"] for metric in final_metrics}
    if name not in values:
        raise RequestError(f"quality gate: the job reported no {name!r}; does its regex match what the script prints?")
    bound = gate["at_least"] if gate["at_least"] is not None else gate["at_most"]
    passed = values[name] >= bound if gate["at_least"] is not None else values[name] <= bound
    if not passed:
        word = "at least" if gate["at_least"] is not None else "at most"
        raise RequestError(
            f"quality gate: {name} is {values[name]:.6g}, it must be {word} {bound:.6g}; nothing was deployed"
        )
