"""How good the predictions were, by the labels that have arrived.

Note: no value is better than a wrong one. Too few labels, one class only or no score have a note instead of a value,
and neither pass nor fail.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
from sklearn import metrics

from monitoring.labels import LabelCounts
from monitoring.predictions import names, positive_class, positives, scores
from monitoring.reading.values import number
from monitoring.result import QualityResult
from monitoring.settings import Quality, Task


class NoValueError(ValueError):
    """The metric is not defined for these records; the message is the result's note."""


def measure(
    pairs: pd.DataFrame, counts: LabelCounts, quality: Quality, task: Task, classes: Sequence[str], fewest: int
) -> QualityResult:
    """The metric over all labelled records (`prediction` and `label`), where there are at least `fewest`."""
    blank = QualityResult(metric=quality.metric, at_least=quality.at_least, at_most=quality.at_most, **asdict(counts))
    try:
        if len(pairs) < fewest:
            raise NoValueError(f"{len(pairs)} labelled records, fewer than {fewest}")
        value = METRICS[quality.metric](*_usable(pairs, task, classes, fewest), classes)
    except NoValueError as error:
        return blank.model_copy(update={"note": str(error)})
    return blank.model_copy(update={"value": value, "passed": _passed(value, quality)})


def _usable(pairs: pd.DataFrame, task: Task, classes: Sequence[str], fewest: int) -> tuple[pd.Series, pd.Series]:
    """Labels and predictions; of a regression, those that are numbers; of two known classes, with their labels."""
    if task == "binary" and len(classes) == 2:
        return _of_two_classes(pairs, classes, fewest)
    if task != "regression":
        return pairs["label"], pairs["prediction"]
    numbers = pairs[["label", "prediction"]].map(number).dropna().astype(float)
    if numbers.empty:
        raise NoValueError("no labelled record has a number as its prediction")
    return numbers["label"], numbers["prediction"]


def _of_two_classes(pairs: pd.DataFrame, classes: Sequence[str], fewest: int) -> tuple[pd.Series, pd.Series]:
    """The records whose label is one of both: any other would count as negative."""
    records = pairs[names(pairs["label"]).isin(classes)]
    if len(records) < fewest:
        raise NoValueError(f"{len(records)} labels are one of {', '.join(classes)}, fewer than {fewest}")
    labels, predictions = records["label"], records["prediction"]
    if scores(predictions, classes) is None and not names(predictions).isin(classes).any():
        raise NoValueError(f"no prediction is a probability or one of {', '.join(classes)}")
    return labels, predictions


def _passed(value: float, quality: Quality) -> bool:
    if quality.at_least is not None:
        return value >= quality.at_least
    return quality.at_most is None or value <= quality.at_most


def _binary(labels: pd.Series, predictions: pd.Series, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    positive = positive_class(classes, labels)
    return (names(labels) == positive).to_numpy(), positives(predictions, classes, positive)


def _accuracy(labels: pd.Series, predictions: pd.Series, classes: Sequence[str]) -> float:
    if scores(predictions, classes) is not None:
        return float(metrics.accuracy_score(*_binary(labels, predictions, classes)))
    return float((names(labels) == names(predictions)).mean())


def _precision(labels: pd.Series, predictions: pd.Series, classes: Sequence[str]) -> float:
    actual, predicted = _binary(labels, predictions, classes)
    if not predicted.any():
        raise NoValueError("no labelled record was predicted positive")
    return float(metrics.precision_score(actual, predicted))


def _recall(labels: pd.Series, predictions: pd.Series, classes: Sequence[str]) -> float:
    actual, predicted = _binary(labels, predictions, classes)
    if not actual.any():
        raise NoValueError("no label is positive")
    return float(metrics.recall_score(actual, predicted))


def _f1(labels: pd.Series, predictions: pd.Series, classes: Sequence[str]) -> float:
    actual, predicted = _binary(labels, predictions, classes)
    if not actual.any() and not predicted.any():
        raise NoValueError("no labelled record is or was predicted positive")
    return float(metrics.f1_score(actual, predicted))


def _auc(labels: pd.Series, predictions: pd.Series, classes: Sequence[str]) -> float:
    probabilities = scores(predictions, classes)
    if probabilities is None:
        raise NoValueError("auc needs probabilities, and the model answers with classes")
    actual = (names(labels) == positive_class(classes, labels)).to_numpy()
    if actual.all() or not actual.any():
        raise NoValueError("all labels are of one class")
    return float(metrics.roc_auc_score(actual, probabilities))


def _f1_macro(labels: pd.Series, predictions: pd.Series, _: Sequence[str]) -> float:
    """The mean of the classes' F1, of those that a label or a prediction has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(metrics.f1_score(names(labels).astype(str), names(predictions).astype(str), average="macro"))


def _r2(labels: pd.Series, predictions: pd.Series, _: Sequence[str]) -> float:
    if labels.nunique() < 2:
        raise NoValueError("all labels are equal")
    return float(metrics.r2_score(labels, predictions))


def _mae(labels: pd.Series, predictions: pd.Series, _: Sequence[str]) -> float:
    return float(metrics.mean_absolute_error(labels, predictions))


def _rmse(labels: pd.Series, predictions: pd.Series, _: Sequence[str]) -> float:
    return math.sqrt(metrics.mean_squared_error(labels, predictions))


METRICS: dict[str, Callable[[pd.Series, pd.Series, Sequence[str]], float]] = {
    "accuracy": _accuracy,
    "auc": _auc,
    "f1": _f1,
    "f1_macro": _f1_macro,
    "mae": _mae,
    "precision": _precision,
    "r2": _r2,
    "recall": _recall,
    "rmse": _rmse,
}
