"""Linear learner's scores of a model, and the threshold of a binary classifier.

Source: the metrics in "Tune a Linear Learner Model", the criteria in "Linear Learner Hyperparameters".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from schema import BINARY, REGRESSOR

from local_aws.runtimes.inside.algorithms.job import log

LOSS, SCORE = "loss", "score"


def scores_of(
    values: dict[str, Any], predicted: Any, labels: Any, threshold: float
) -> Iterator[tuple[str, float, str]]:
    """Name, value and kind of each metric. ``predicted`` are scores as the endpoint answers them."""
    if values["predictor_type"] == REGRESSOR:
        errors = predicted - labels
        yield "mse", float((errors**2).mean()), LOSS
        yield "absolute_loss", float(np.abs(errors).mean()), LOSS
    elif values["predictor_type"] == BINARY:
        yield from _binary(values, predicted, labels, threshold)
    else:
        yield from _multiclass(values, predicted, labels)


def best_threshold(values: dict[str, Any], predicted: Any, labels: Any) -> float:
    """The score from which on a record has label 1, by binary_classifier_model_selection_criteria."""
    criterion = values["binary_classifier_model_selection_criteria"]
    if criterion in ("loss_function", "cross_entropy_loss"):
        return 0.5 if values["loss"] == "logistic" else 0.0
    order = np.argsort(-predicted, kind="stable")
    ranked, hits = predicted[order], np.cumsum(labels[order])
    count, positives = np.arange(1, len(ranked) + 1), max(1.0, float(labels.sum()))
    last = np.append(ranked[1:] != ranked[:-1], True)  # records with one score have one label
    precision, recall = hits / count, hits / positives
    beta = 1.0 if criterion == "f1" else values["f_beta"]
    weighted = (1 + beta**2) * precision * recall / np.maximum(beta**2 * precision + recall, 1e-30)
    accuracy = hits + (len(ranked) - count) - (positives - hits)
    target = {
        "accuracy": accuracy,
        "precision_at_target_recall": np.where(recall >= values["target_recall"], precision, recall - 1),
        "recall_at_target_precision": np.where(precision >= values["target_precision"], recall, precision - 1),
    }.get(criterion, weighted)
    chosen = int(np.argmax(np.where(last, target, -np.inf)))
    following = ranked[chosen + 1] if chosen + 1 < len(ranked) else ranked[chosen]
    return float((ranked[chosen] + following) / 2)


def _binary(values: dict[str, Any], predicted: Any, labels: Any, threshold: float) -> Iterator[tuple[str, float, str]]:
    from sklearn.metrics import roc_auc_score  # it takes seconds

    classes = predicted >= threshold
    hits = float((classes & (labels == 1)).sum())
    precision, recall = _share(hits, classes.sum()), _share(hits, (labels == 1).sum())
    yield "binary_classification_accuracy", float((classes == labels).mean()), SCORE
    yield f"binary_f_{values['f_beta']:.3f}", _f(precision, recall, values["f_beta"]), SCORE
    yield "precision", precision, SCORE
    yield "recall", recall, SCORE
    if len(np.unique(labels)) == 2:
        yield "roc_auc_score", float(roc_auc_score(labels, predicted)), SCORE
    else:
        log("roc_auc_score is not defined for records of one class.", "WARNING")


def _multiclass(values: dict[str, Any], predicted: Any, labels: Any) -> Iterator[tuple[str, float, str]]:
    classes, truths = predicted.argmax(axis=1), labels.astype(int)
    rank = (predicted > predicted[np.arange(len(truths)), truths][:, None]).sum(axis=1)
    top = values["accuracy_top_k"]
    precisions, recalls = [], []
    for each in np.unique(truths):
        hits = float(((classes == each) & (truths == each)).sum())
        precisions.append(_share(hits, (classes == each).sum()))
        recalls.append(_share(hits, (truths == each).sum()))
    f_scores = [_f(*pair, values["f_beta"]) for pair in zip(precisions, recalls, strict=True)]
    yield "multiclass_accuracy", float((classes == truths).mean()), SCORE
    yield f"multiclass_top_k_accuracy_{top}", float((rank < top).mean()), SCORE
    yield "dcg", float((1 / np.log2(rank + 2)).mean()), SCORE
    yield "macro_recall", float(np.mean(recalls)), SCORE
    yield "macro_precision", float(np.mean(precisions)), SCORE
    yield f"macro_f_{values['f_beta']:.3f}", float(np.mean(f_scores)), SCORE


def _share(part: float, whole: Any) -> float:
    return float(part / whole) if whole else 0.0


def _f(precision: float, recall: float, beta: float) -> float:
    return _share((1 + beta**2) * precision * recall, beta**2 * precision + recall)
