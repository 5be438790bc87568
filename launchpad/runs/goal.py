"""Which run is the best: by one metric, whose highest or lowest value wins."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.runs.run import Run, metric_names

_ERRORS = re.compile(r"(^|[^a-z])(loss|error|err|mse|rmse|mae|mape|logloss|mlogloss|perplexity|wer)([^a-z]|$)")
"""Words in the names of metrics whose lowest value is the best."""


@dataclass(frozen=True)
class Goal:
    """The metric that decides, and its better direction."""

    metric: str
    highest: bool
    source: str
    """Why this metric, in words."""

    def best(self, runs: Sequence[Run]) -> Run | None:
        """The best run; None if none reported the metric."""
        ranked = self.ranked(runs)
        return ranked[0] if ranked and self.metric in ranked[0].metrics else None

    def ranked(self, runs: Sequence[Run]) -> list[Run]:
        """The runs from the best to the worst, then those without the metric."""
        valued = [run for run in runs if math.isfinite(run.metrics.get(self.metric, math.nan))]
        ordered = sorted(valued, key=lambda run: run.metrics[self.metric], reverse=self.highest)
        return [*ordered, *(run for run in runs if run not in ordered)]


def goal_of(
    runs: Sequence[Run], definition: Mapping[str, Any], tuning: Mapping[str, Any] | None = None, choice: str = ""
) -> Goal | None:
    """The user's choice, such as `auc` or `-loss`; else the tuning's objective, the gate's metric, or the first one.

    Raises:
        LaunchpadError: no run reported the metric that the user chose.
    """
    names = metric_names(runs)
    if choice:
        name = choice.removeprefix("-")
        if name not in names:
            raise LaunchpadError(f"--metric {name!r}: no run reported it; {suggest(name, names, 'metrics')}")
        return Goal(name, not choice.startswith("-") and _rises(name), "as --metric says")
    if objective := (tuning or {}).get("HyperParameterTuningJobConfig", {}).get("HyperParameterTuningJobObjective"):
        return Goal(objective["MetricName"], objective["Type"] == "Maximize", "the tuning's objective")
    gate = definition.get("quality_gate")
    if gate and gate["metric"] in names:
        return Goal(gate["metric"], gate.get("at_least") is not None, "the quality gate's metric")
    return Goal(names[0], _rises(names[0]), "the first metric") if names else None


def _rises(metric: str) -> bool:
    """Whether more is better, by the metric's name."""
    return not _ERRORS.search(metric.lower())
