"""SageMaker's linear learner: one linear model by stochastic gradient descent on normalized data.

Source: "How Linear Learner Works" in the developer guide. The weights are saved for data as it comes, not normalized.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from losses import Optimizer, loss_of, objective_of, probabilities, sigmoid
from schema import AUTO, BINARY, MULTICLASS, REGRESSOR, read_values
from scores import LOSS, best_threshold, scores_of

from local_aws.runtimes.inside.algorithms import ndarrays
from local_aws.runtimes.inside.algorithms.errors import CustomerError
from local_aws.runtimes.inside.algorithms.job import Job, log
from local_aws.runtimes.inside.algorithms.tables import read_channel

SUBSTITUTE = (
    "one linear model, trained with NumPy and scored with scikit-learn, stands in for SageMaker's linear learner, "
    "which trains several at once. Hyperparameters, metrics and answers are SageMaker's; weights differ from AWS's."
)
CHANNELS = ("train", "validation", "test")
MODEL = "model_algo-1"
SEED = 0


@dataclass
class Weights:
    """A linear model: ``vectors @ slopes + bias``."""

    slopes: Any
    bias: Any

    def scores(self, vectors: Any) -> Any:
        """A column per class, or one."""
        return vectors @ self.slopes + self.bias


@dataclass(frozen=True)
class Scaler:
    """What the data is shifted by and divided by before training."""

    shift: Any
    scale: Any
    label_shift: float
    label_scale: float

    def for_raw_data(self, weights: Weights) -> Weights:
        """The same model, for vectors and labels that are not scaled."""
        slopes = weights.slopes / self.scale[:, None] * self.label_scale
        return Weights(slopes, weights.bias * self.label_scale + self.label_shift - self.shift @ slopes)


def train(job: Job) -> None:
    """Train, calibrate, save and score."""
    values = read_values(job.hyperparameters)
    job.check_channels(*CHANNELS)
    data = read_data(job, values)
    weights = fit(job, values, data)
    judged = "validation" if "validation" in data else "train"
    vectors, labels = data[judged]
    threshold = 0.0
    if values["predictor_type"] == BINARY:
        first = values["num_calibration_samples"]
        threshold = best_threshold(values, answers(values, weights, vectors[:first])[:, 0], labels[:first])
    save(job, values, weights, threshold)
    for name in (judged, "test"):
        if name in data:
            report(job, values, weights, threshold, name, data[name])


def read_data(job: Job, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Vectors and labels of each channel. Raises `CustomerError` for labels that the predictor_type does not have."""
    data: dict[str, tuple[Any, Any]] = {}
    features = None if values["feature_dim"] == AUTO else values["feature_dim"]
    for name in (name for name in CHANNELS if name in job.channels):
        vectors, labels = read_channel(job, name, features, csv_in_pipe=True)
        if labels is None:
            raise CustomerError(f"The records of channel '{name}' have no labels")
        features = vectors.shape[1]
        classes = {BINARY: 2, MULTICLASS: values["num_classes"]}.get(values["predictor_type"])
        if classes and not np.isin(labels, np.arange(classes)).all():
            raise CustomerError(f"The labels of channel '{name}' must be integers from 0 to {classes - 1}")
        data[name] = vectors.astype(np.float64), labels.astype(np.float64)
    return data


def fit(job: Job, values: dict[str, Any], data: dict[str, tuple[Any, Any]]) -> Weights:
    """The weights of the epoch with the least loss, on the validation data if there are any."""
    scaler = make_scaler(values, *data["train"])
    vectors = (data["train"][0] - scaler.shift) / scaler.scale
    labels = (data["train"][1][:, None] - scaler.label_shift) / scaler.label_scale
    steps = Steps(values, vectors.shape[1], importance(values, labels))
    watched = "validation" if "validation" in data else "train"
    best, least, waited = scaler.for_raw_data(steps.weights), np.inf, 0
    for epoch in range(values["epochs"]):
        started = time.monotonic()
        steps.epoch(vectors, labels)
        raw = scaler.for_raw_data(steps.weights)
        losses = {name: objective(values, raw, data[name]) for name in ("train", watched)}
        for name, loss in losses.items():
            job.metric(f"epoch={epoch}, {name}", objective_of(values), loss, LOSS)
        value = losses[watched]
        log(
            f"#early_stopping_criteria_metric: host={job.host}, epoch={epoch}, criteria={objective_of(values)}, "
            f"value={value}"
        )
        waited = 0 if value < least - values["early_stopping_tolerance"] * abs(least) or least == np.inf else waited + 1
        if value < least:
            best, least = raw, value
        stopping = waited >= values["early_stopping_patience"]
        job.progress(100.0 if stopping else round(100.0 * (epoch + 1) / values["epochs"], 2))
        job.throughput(len(vectors), time.monotonic() - started)
        if stopping:
            log("Early stop condition met. Stopping training.")
            break
    return best


def make_scaler(values: dict[str, Any], vectors: Any, labels: Any) -> Scaler:
    """Means and standard deviations of the first num_point_for_scaler records."""
    vectors, labels = vectors[: values["num_point_for_scaler"]], labels[: values["num_point_for_scaler"]]
    spread = vectors.std(axis=0)
    label_spread = float(labels.std()) or 1.0
    return Scaler(
        vectors.mean(axis=0) if values["unbias_data"] else np.zeros(vectors.shape[1]),
        np.where(spread > 0, spread, 1.0) if values["normalize_data"] else np.ones(vectors.shape[1]),
        float(labels.mean()) if values["unbias_label"] else 0.0,
        label_spread if values["normalize_label"] else 1.0,
    )


def importance(values: dict[str, Any], labels: Any) -> Any:
    """Each record's weight in the loss."""
    weights = np.ones_like(labels)
    if values["predictor_type"] == BINARY:
        chosen, positives = values["positive_example_weight_mult"], float((labels == 1).sum())
        if isinstance(chosen, str):  # `auto` is `balanced` here
            chosen = (len(labels) - positives) / positives if positives else 1.0
        weights[labels == 1] = chosen
    elif values["predictor_type"] == MULTICLASS and values["balance_multiclass_weights"]:
        classes, counts = np.unique(labels, return_counts=True)
        for each, count in zip(classes, counts, strict=True):
            weights[labels == each] = len(labels) / (len(classes) * count)
    return weights


class Steps:
    """The weights as they are trained, on scaled data."""

    def __init__(self, values: dict[str, Any], features: int, importance: Any) -> None:
        outputs = values["num_classes"] if values["predictor_type"] == MULTICLASS else 1
        chance = np.random.default_rng(SEED)
        size = (features, outputs)
        uniform = values["init_method"] == "uniform"
        slopes = chance.uniform(-1, 1, size) * values["init_scale"] if uniform else chance.normal(0, 1, size)
        self.weights = Weights(
            slopes if uniform else slopes * values["init_sigma"],
            np.full(outputs, values["init_bias"] if values["use_bias"] else 0.0),
        )
        self._values, self._importance, self._chance = values, importance, chance
        self._loss = loss_of(values)
        self._optimizers = Optimizer(values, self.weights.slopes), Optimizer(values, self.weights.bias)
        self._taken = 0

    def epoch(self, vectors: Any, labels: Any) -> None:
        """Pass over all records once, in another order each time."""
        order, size = self._chance.permutation(len(vectors)), self._values["mini_batch_size"]
        for start in range(0, len(order), size):
            self._step(vectors, labels, order[start : start + size])

    def _step(self, vectors: Any, labels: Any, chosen: Any) -> None:
        values, weights = self._values, self.weights
        batch = vectors[chosen]
        derivative = self._loss(weights.scores(batch), labels[chosen])[1] * self._importance[chosen] / len(chosen)
        rate = self._rate()
        slopes = batch.T @ derivative + values["wd"] * weights.slopes + values["l1"] * np.sign(weights.slopes)
        weights.slopes = weights.slopes + rate * self._optimizers[0].step(slopes)
        if values["use_bias"]:
            bias = derivative.sum(axis=0) + values["wd"] * values["bias_wd_mult"] * weights.bias
            weights.bias = weights.bias + rate * values["bias_lr_mult"] * self._optimizers[1].step(bias)

    def _rate(self) -> float:
        values, self._taken = self._values, self._taken + 1
        if not values["use_lr_scheduler"]:
            return float(values["learning_rate"])
        lower = values["lr_scheduler_factor"] ** ((self._taken - 1) // values["lr_scheduler_step"])
        return float(
            max(values["learning_rate"] * lower, min(values["lr_scheduler_minimum_lr"], values["learning_rate"]))
        )


def objective(values: dict[str, Any], weights: Weights, table: tuple[Any, Any]) -> float:
    """The mean loss of a channel's records."""
    return float(loss_of(values)(weights.scores(table[0]), table[1][:, None])[0].mean())


def answers(values: dict[str, Any], weights: Weights, vectors: Any) -> Any:
    """Scores as an endpoint answers them: a column per class, or one."""
    scores = weights.scores(vectors)
    transformed = {"logistic": sigmoid, "softmax_loss": probabilities}.get(values["loss"])
    return transformed(scores) if transformed else scores


def report(job: Job, values: dict[str, Any], weights: Weights, threshold: float, name: str, table: Any) -> None:
    """Print the final model's scores on a channel."""
    job.score(name, objective_of(values), objective(values, weights, table), LOSS)
    scores = answers(values, weights, table[0])
    predicted = scores if values["predictor_type"] == MULTICLASS else scores[:, 0]
    for metric, value, kind in scores_of(values, predicted, table[1], threshold):
        job.score(name, metric, value, kind)


def save(job: Job, values: dict[str, Any], weights: Weights, threshold: float) -> None:
    """Write the weights as MXNet keeps them, and what the handler needs of the rest."""
    arrays = {"arg:fc0_weight": weights.slopes.T, "arg:fc0_bias": weights.bias}
    described = {"predictor_type": values["predictor_type"], "loss": values["loss"], "threshold": threshold}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mx-mod-0000.params", ndarrays.dump(arrays))
        archive.writestr("local-aws.json", json.dumps(described))
    (job.model / MODEL).write_bytes(packed.getvalue())
    kind = "scores" if values["predictor_type"] == REGRESSOR else f"labels from a score of {threshold} on"
    log(f"Saved the model, which answers with {kind}")
