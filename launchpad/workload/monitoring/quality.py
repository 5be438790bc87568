"""How good the answers were, once their labels are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from launchpad.config_files.yaml_source import Settings

Task = Literal["regression", "binary", "multiclass"]
Metric = Literal["accuracy", "f1", "f1_macro", "precision", "recall", "auc", "mae", "rmse", "r2"]
METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("accuracy", "f1", "precision", "recall", "auc"),
    "multiclass": ("accuracy", "f1_macro"),
    "regression": ("mae", "rmse", "r2"),
}
"""The metrics of each task."""
SMALLER_IS_BETTER = ("mae", "rmse")
_SHARE = (0.0, 1.0)
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("accuracy", "f1", "f1_macro", "precision", "recall", "auc"), _SHARE),
    **dict.fromkeys(SMALLER_IS_BETTER, (0.0, math.inf)),
    "r2": (-math.inf, 1.0),
}
"""The lowest and the highest value that each metric can have."""


class Quality(Settings):
    """A bound on the model's quality after deployment: one of `at_least` and `at_most`. Labels arrive later."""

    metric: Metric
    """A metric of the workload's task: accuracy, f1, precision, recall, auc (binary); accuracy, f1_macro (multiclass);
    mae, rmse, r2 (regression)."""
    at_least: float | None = None
    at_most: float | None = None
    days: Annotated[int, Field(ge=1, le=90)] = 7
    """How far back labelled requests count, because labels arrive later than requests."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("write exactly one of at_least and at_most")
        return self
