"""Linear learner's losses and optimizers: for scores z and labels y, each record's loss and its derivative by z."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Loss = Callable[[Any, Any], tuple[Any, Any]]
OBJECTIVES = {
    "logistic": "binary_classification_cross_entropy",
    "softmax_loss": "multiclass_cross_entropy",
    "squared_loss": "mse",
}
"""What the log calls a loss; the others by their own names."""


def loss_of(values: dict[str, Any]) -> Loss:
    """The loss of the hyperparameters. ``z`` has a column per class, or one."""
    margin, quantile = values["margin"], values["quantile"]
    tolerance, delta = values["loss_insensitivity"], values["huber_delta"]
    losses: dict[str, Loss] = {
        "logistic": _logistic,
        "hinge_loss": lambda z, y: _hinge(z, y, margin),
        "softmax_loss": _softmax,
        "squared_loss": lambda z, y: ((z - y) ** 2, 2 * (z - y)),
        "absolute_loss": lambda z, y: (np.abs(z - y), np.sign(z - y)),
        "eps_insensitive_squared_loss": lambda z, y: (
            _beyond(z - y, tolerance) ** 2,
            2 * _beyond(z - y, tolerance) * np.sign(z - y),
        ),
        "eps_insensitive_absolute_loss": lambda z, y: (
            _beyond(z - y, tolerance),
            (np.abs(z - y) > tolerance) * np.sign(z - y),
        ),
        "quantile_loss": lambda z, y: (
            np.maximum(quantile * (y - z), (quantile - 1) * (y - z)),
            np.where(y > z, -quantile, 1 - quantile),
        ),
        "huber_loss": lambda z, y: (
            np.where(np.abs(z - y) <= delta, 0.5 * (z - y) ** 2, delta * (np.abs(z - y) - 0.5 * delta)),
            np.clip(z - y, -delta, delta),
        ),
    }
    return losses[values["loss"]]


def objective_of(values: dict[str, Any]) -> str:
    """The name of the objective metric."""
    return f"{OBJECTIVES.get(values['loss'], values['loss'])}_objective"


def probabilities(z: Any) -> Any:
    """The softmax of each row."""
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def sigmoid(z: Any) -> Any:
    """The probability of label 1."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def _logistic(z: Any, y: Any) -> tuple[Any, Any]:
    return np.logaddexp(0, z) - y * z, sigmoid(z) - y


def _hinge(z: Any, y: Any, margin: float) -> tuple[Any, Any]:
    sign = 2 * y - 1
    return np.maximum(0, margin - sign * z), -sign * (sign * z < margin)


def _softmax(z: Any, y: Any) -> tuple[Any, Any]:
    rows, classes = np.arange(len(z)), y[:, 0].astype(int)
    shares = probabilities(z)
    losses = -np.log(np.maximum(shares[rows, classes], 1e-30))
    shares[rows, classes] -= 1
    return losses[:, None], shares


def _beyond(errors: Any, tolerance: float) -> Any:
    return np.maximum(0, np.abs(errors) - tolerance)


class Optimizer:
    """Adam, RMSProp, or stochastic gradient descent with momentum, for one array."""

    def __init__(self, values: dict[str, Any], like: Any) -> None:
        self._kind = values["optimizer"]
        self._first, self._second = values["beta_1"], values["beta_2"]
        self._momentum = values["momentum"]
        self._mean, self._square = np.zeros_like(like), np.zeros_like(like)
        self._steps = 0

    def step(self, gradient: Any) -> Any:
        """The change for a learning rate of 1."""
        self._steps += 1
        if self._kind == "sgd":
            self._mean = self._momentum * self._mean + gradient
            return -self._mean
        self._square = self._second * self._square + (1 - self._second) * gradient**2
        scale = np.sqrt(self._square / (1 - self._second**self._steps)) + 1e-8
        if self._kind == "rmsprop":
            return -gradient / scale
        self._mean = self._first * self._mean + (1 - self._first) * gradient
        return -self._mean / (1 - self._first**self._steps) / scale
