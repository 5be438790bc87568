"""The quality gate: a model that fails it is never registered or deployed."""

from __future__ import annotations

from collections.abc import Mapping

from launchpad.requests.context import Definition, RequestError


def check_quality(definition: Definition, metrics: Mapping[str, float]) -> None:
    """Compare a model's metrics with the workload's gate; a workload without one always passes.

    Raises:
        RequestError: the metric was never reported, or misses its bound.
    """
    gate = definition.get("quality_gate")
    if not gate:
        return
    name = gate["metric"]
    if name not in metrics:
        raise RequestError(
            f"quality gate: {name!r} was never reported; reported: {', '.join(sorted(metrics)) or 'nothing'}"
        )
    value, lowest, highest = metrics[name], gate["at_least"], gate["at_most"]
    if lowest is not None and not value >= lowest:
        raise RequestError(
            f"quality gate: {name} is {value:.6g}, it must be at least {lowest:.6g}; nothing was deployed"
        )
    if highest is not None and not value <= highest:
        raise RequestError(
            f"quality gate: {name} is {value:.6g}, it must be at most {highest:.6g}; nothing was deployed"
        )
