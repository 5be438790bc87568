"""Metrics of SageMaker's XGBoost algorithm: the library's, and accuracy, F1, MSE and so on, which it lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

MAXIMIZED = (
    *("accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg", "precision", "r2"),
    *("recall", "precision_macro", "precision_micro", "recall_macro", "recall_micro"),
)
"""Metrics for which more is better; all others are minimized by early stopping, as in AWS's container."""
MINIMIZED = (
    *("aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik", "interval-regression-accuracy"),
    *("logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse", "poisson-nloglik", "rmse", "rmsle"),
    "tweedie-nloglik",
)
AVERAGED = ("precision", "recall")
REGRESSING = {"mse": "mean_squared_error", "r2": "r2_score"}
OWN_METRICS = (
    *("accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", *REGRESSING),
    *(f"{name}{average}" for name in AVERAGED for average in ("", "_macro", "_micro")),
)
"""Metrics that the library lacks."""


def custom_metric(names: Sequence[str]) -> Callable[[Any, Any], list[tuple[str, float]]] | None:
    """A function for `xgboost.train` that returns all of our metrics among `names`; None if there are none."""
    own = [name for name in names if name in OWN_METRICS]

    def evaluate(predicted: Any, matrix: Any) -> list[tuple[str, float]]:
        return [(name, _value(name, matrix.get_label(), predicted)) for name in own]

    return evaluate if own else None


def _value(name: str, labels: Any, predicted: Any) -> float:
    import numpy as np
    from sklearn import metrics

    if name in REGRESSING:
        return float(getattr(metrics, REGRESSING[name])(labels, predicted))
    classes = np.argmax(predicted, axis=1) if predicted.ndim > 1 else np.round(predicted)
    return float(_classifying(metrics, name)(labels, classes))


def _classifying(metrics: Any, name: str) -> Callable[[Any, Any], float]:
    """scikit-learn's function for one of our metrics of classes."""
    base, _, average = name.partition("_")
    if base in ("f1", *AVERAGED):
        default = "macro" if name == "f1" else "binary"
        return partial(getattr(metrics, f"{base}_score"), average=average or default)
    score: Callable[[Any, Any], float] = getattr(metrics, f"{name}_score")
    return score
