"""Whether the model treats the values of a column differently: what it predicts for each, and how right it is.

A binary task has selection rates (predicted positive) and true positive rates, a regression mean predictions and mean
errors, a multiclass task accuracies. Note: a value with few records has its count only, because a rate of ten records
is chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from monitoring.labels import SEGMENT
from monitoring.predictions import names, positive_class, positives
from monitoring.reading.values import category, is_missing, number
from monitoring.result import SegmentResult, SegmentValue
from monitoring.settings import Task

SMALLEST = 30
"""Records, or labelled records, below which a value is too small to judge."""
MOST_VALUES = 20
QUARTILES = (0.25, 0.5, 0.75)
Figures = dict[str, float | None]


@dataclass(frozen=True)
class Segments:
    """What segments are computed from: a sample of the window with its predictions, and all labelled records."""

    features: pd.DataFrame
    predictions: pd.Series
    pairs: pd.DataFrame
    task: Task
    classes: Sequence[str]

    def of(self, column: str, baseline: pd.Series | None) -> SegmentResult:
        """One column's values. A numeric column is cut at the quartiles of the baseline."""
        if column not in self.features or self.features[column].isna().all():
            return SegmentResult(column=column, note="no request has a value of this column")
        cut = _cut(baseline)
        windowed = cut(self.features[column])
        name = f"{SEGMENT}{column}"
        labelled = cut(self.pairs[name]) if name in self.pairs else pd.Series(dtype=str)
        counts = windowed.value_counts()
        values = [self._value(str(value), windowed, labelled) for value in counts.index[:MOST_VALUES]]
        note = f"the {MOST_VALUES} most frequent of {len(counts)} values" if len(counts) > MOST_VALUES else None
        gaps = {f"{figure}_gap": _gap(values, figure) for figure in GAPS[self.task]}
        return SegmentResult(column=column, values=values, note=note, **gaps)

    def _value(self, value: str, windowed: pd.Series, labelled: pd.Series) -> SegmentValue:
        predictions = self.predictions.reindex(windowed.index[windowed == value]).dropna()
        pairs = self.pairs[(labelled == value).to_numpy()] if len(labelled) else self.pairs.iloc[:0]
        blank = SegmentValue(value=value, records=int((windowed == value).sum()), labelled=len(pairs))
        if len(predictions) < SMALLEST:
            return blank.model_copy(update={"too_small": True})
        return blank.model_copy(update=FIGURES[self.task](self, predictions, pairs))

    def binary(self, predictions: pd.Series, pairs: pd.DataFrame) -> Figures:
        """The share that is predicted positive, and of those that are positive, the share that is predicted so."""
        positive = positive_class(self.classes, self.pairs.get("label", pd.Series(dtype=str)))
        rate = float(positives(predictions, self.classes, positive).mean())
        actual = pairs[(names(pairs["label"]) == positive).to_numpy()] if len(pairs) else pairs
        hits = None
        if len(actual) >= SMALLEST:
            hits = float(positives(actual["prediction"], self.classes, positive).mean())
        return {"selection_rate": rate, "true_positive_rate": hits}

    def regression(self, predictions: pd.Series, pairs: pd.DataFrame) -> Figures:
        """The mean prediction, and the mean of prediction minus label."""
        mean = predictions.map(number).astype(float).mean()
        error = None
        if len(pairs) >= SMALLEST:
            numbers = pairs[["prediction", "label"]].map(number).dropna().astype(float)
            error = float((numbers["prediction"] - numbers["label"]).mean()) if len(numbers) >= SMALLEST else None
        return {"mean_prediction": None if np.isnan(mean) else float(mean), "mean_error": error}

    def multiclass(self, _: pd.Series, pairs: pd.DataFrame) -> Figures:
        """The share of right predictions."""
        if len(pairs) < SMALLEST:
            return {"accuracy": None}
        return {"accuracy": float((names(pairs["label"]) == names(pairs["prediction"])).mean())}


FIGURES: dict[Task, Callable[[Segments, pd.Series, pd.DataFrame], Figures]] = {
    "binary": Segments.binary,
    "regression": Segments.regression,
    "multiclass": Segments.multiclass,
}
GAPS: dict[Task, tuple[str, ...]] = {
    "binary": ("selection_rate", "true_positive_rate"),
    "regression": ("mean_error",),
    "multiclass": ("accuracy",),
}


def _gap(values: Sequence[SegmentValue], figure: str) -> float | None:
    figures = [number for value in values if (number := getattr(value, figure)) is not None]
    return max(figures) - min(figures) if len(figures) > 1 else None


def _cut(baseline: pd.Series | None) -> Callable[[pd.Series], pd.Series]:
    """A function that turns a column into names of segments."""
    if baseline is None or not pd.api.types.is_numeric_dtype(baseline) or baseline.nunique() <= MOST_VALUES:
        return lambda values: values.map(_name)
    edges = sorted({float(f"{edge:.3g}") for edge in baseline.quantile(list(QUARTILES))})
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    labels = [f"below {edges[0]:g}", *between, f"from {edges[-1]:g}"]

    def quartile(values: pd.Series) -> pd.Series:
        numbers = pd.to_numeric(values, errors="coerce")
        cut = pd.cut(numbers, [-np.inf, *edges, np.inf], right=False, labels=labels)
        return cut.astype(object).where(cut.notna(), "missing")

    return quartile


def _name(value: object) -> str:
    """The name of a value's segment; missing values are a segment too."""
    return "missing" if is_missing(value) else category(value) or "missing"
