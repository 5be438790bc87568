"""What the quality gate says to a run: the same check as the deploy function's and the pipeline's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchpad.requests import RequestError
from launchpad.requests.quality import check_quality
from launchpad.runs.run import Gate


def verdict(definition: Mapping[str, Any], metrics: Mapping[str, float], *, evaluated: bool = False) -> Gate | None:
    """What the quality gate of a definition says to these metrics; None without a gate.

    Where a workload has an evaluation, there is no verdict before it has run: the deploy function refuses the job too.
    """
    gate = definition.get("quality_gate")
    if not gate or (definition.get("evaluate") and not evaluated):
        return None
    bounds = [f"{words} {gate[key]:.6g}" for key, words in _BOUNDS.items() if gate.get(key) is not None]
    try:
        check_quality(definition, metrics)
    except RequestError as error:
        return Gate(False, str(error).removeprefix("quality gate: ").removesuffix("; nothing was deployed"))
    return Gate(True, f"{gate['metric']} {' and '.join(bounds)}")


_BOUNDS = {"at_least": "at least", "at_most": "at most"}
