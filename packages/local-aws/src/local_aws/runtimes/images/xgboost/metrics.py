"""Metrics of SageMaker's XGBoost algorithm that the library lacks: accuracy, F1, MSE and so on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn import metrics

CLASSIFYING: dict[str, Callable[[Any, Any], float]] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1": partial(metrics.f1_score, average="macro"),
    "f1_binary": metrics.f1_score,
    "f1_macro": partial(metrics.f1_score, average="macro"),
    "precision": metrics.precision_score,
    "precision_macro": partial(metrics.precision_score, average="macro"),
    "precision_micro": partial(metrics.precision_score, average="micro"),
    "recall": metrics.recall_score,
    "recall_macro": partial(metrics.recall_score, average="macro"),
    "recall_micro": partial(metrics.recall_score, average="micro"),
}
REGRESSING: dict[str, Callable[[Any, Any], float]] = {"mse": metrics.mean_squared_error, "r2": metrics.r2_score}
OWN_METRICS = (*CLASSIFYING, *REGRESSING)
RISING = (*CLASSIFYING, "r2", "auc", "aucpr", "map", "ndcg", "interval-regression-accuracy")
"""Metrics for which more is better, for early stopping."""


def custom_metric(names: Sequence[str]) -> Callable[[Any, Any], list[tuple[str, float]]] | None:
    """A function for `xgboost.train` that returns all of our metrics among `names`; None if there are none."""
    own = [name for name in names if name in OWN_METRICS]

    def evaluate(predicted: Any, matrix: Any) -> list[tuple[str, float]]:
        return [(name, _value(name, matrix.get_label(), predicted)) for name in own]

    return evaluate if own else None


def _value(name: str, labels: Any, predicted: Any) -> float:
    if name in REGRESSING:
        return float(REGRESSING[name](labels, predicted))
    classes = np.argmax(predicted, axis=1) if predicted.ndim > 1 else predicted
    return float(CLASSIFYING[name](labels, np.round(classes) if classes.dtype.kind == "f" else classes))
