"""Linear learner's hyperparameters, and what it makes of those that are `auto`.

Source: "Linear Learner Hyperparameters" in the developer guide; the defaults also stand in the algorithm's logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.runtimes.inside.algorithms.configuration import AUTO, Hyperparameter, choice, read, real, truth, whole
from local_aws.runtimes.inside.algorithms.errors import CustomerError

BINARY, MULTICLASS, REGRESSOR = "binary_classifier", "multiclass_classifier", "regressor"
REGRESSION_LOSSES = (
    *("squared_loss", "absolute_loss", "eps_insensitive_squared_loss", "eps_insensitive_absolute_loss"),
    *("quantile_loss", "huber_loss"),
)
LOSSES = {BINARY: ("logistic", "hinge_loss"), MULTICLASS: ("softmax_loss",), REGRESSOR: REGRESSION_LOSSES}
"""Losses by predictor_type; the first is what `auto` is."""
CRITERIA = (
    *("accuracy", "f_beta", "f1", "precision_at_target_recall", "recall_at_target_precision", "loss_function"),
    *("cross_entropy_loss",),
)
AUTOMATIC: dict[str, Any] = {
    "beta_1": 0.9,
    "beta_2": 0.999,
    "bias_lr_mult": 1.0,
    "bias_wd_mult": 0.0,
    "l1": 0.0,
    "lr_scheduler_factor": 0.99,
    "lr_scheduler_minimum_lr": 1e-5,
    "lr_scheduler_step": 100,
    "momentum": 0.9,
    "num_calibration_samples": 10_000_000,
    "optimizer": "adam",
    "wd": 1e-4,
}
"""What `auto` is: where AWS's logs show it, AWS's value, else ours."""
LEARNING_RATES = {"adam": 0.1, "rmsprop": 0.01, "sgd": 0.1}


def _weight(text: str) -> float | str:
    if text in (AUTO, "balanced"):
        return text
    weight = float(text)
    if not 0 < weight < float("inf"):
        raise ValueError(text)
    return weight


SCHEMA = {
    "predictor_type": choice(None, BINARY, MULTICLASS, REGRESSOR),
    "feature_dim": whole("auto", auto=True),
    "num_classes": whole("1", 1, 1_000_000),
    "mini_batch_size": whole("1000"),
    "epochs": whole("15"),
    "loss": choice("auto", AUTO, "logistic", "hinge_loss", "softmax_loss", *REGRESSION_LOSSES),
    "optimizer": choice("auto", AUTO, *LEARNING_RATES),
    "learning_rate": real("auto", 0, auto=True, excluded=(0,)),
    "momentum": real("auto", 0, 1, auto=True),
    "beta_1": real("auto", 0, 1, auto=True),
    "beta_2": real("auto", 0, 1, auto=True),
    "wd": real("auto", 0, auto=True),
    "l1": real("auto", 0, auto=True),
    "bias_lr_mult": real("auto", 0, auto=True, excluded=(0,)),
    "bias_wd_mult": real("auto", 0, auto=True),
    "use_lr_scheduler": truth("true"),
    "lr_scheduler_step": whole("auto", auto=True),
    "lr_scheduler_factor": real("auto", 0, 1, auto=True),
    "lr_scheduler_minimum_lr": real("auto", 0, auto=True),
    "use_bias": truth("true"),
    "init_method": choice("uniform", "uniform", "normal"),
    "init_scale": real("0.07", 0, excluded=(0,)),
    "init_sigma": real("0.01", 0, excluded=(0,)),
    "init_bias": real("0"),
    "normalize_data": truth("true", auto=True),
    "normalize_label": truth("auto", auto=True),
    "unbias_data": truth("auto", auto=True),
    "unbias_label": truth("auto", auto=True),
    "num_point_for_scaler": whole("10000"),
    "num_models": whole("auto", auto=True),
    "num_calibration_samples": whole("auto", auto=True),
    "binary_classifier_model_selection_criteria": choice("accuracy", *CRITERIA),
    "target_recall": real("0.8", 0, 1),
    "target_precision": real("0.8", 0, 1),
    "f_beta": real("1.0", 0, excluded=(0,)),
    "accuracy_top_k": whole("3"),
    "positive_example_weight_mult": Hyperparameter(
        default="1.0", convert=_weight, expected="which expects 'balanced', 'auto' or a number greater than 0"
    ),
    "balance_multiclass_weights": truth("false"),
    "margin": real("1.0", 0),
    "quantile": real("0.5", 0, 1, excluded=(0, 1)),
    "loss_insensitivity": real("0.01", 0, excluded=(0,)),
    "huber_delta": real("1.0", 0),
    "early_stopping_patience": whole("3"),
    "early_stopping_tolerance": real("0.001", 0),
}


def read_values(texts: Mapping[str, str]) -> dict[str, Any]:
    """All values, with nothing left that is `auto` but feature_dim. Raises `CustomerError`."""
    values = read(SCHEMA, texts)
    kind = values["predictor_type"]
    values |= {name: value for name, value in AUTOMATIC.items() if values[name] == AUTO}
    if values["loss"] == AUTO:
        values["loss"] = LOSSES[kind][0]
    if values["loss"] not in LOSSES[kind]:
        names = ", ".join(LOSSES[kind])
        raise CustomerError(f"loss '{values['loss']}' does not go with predictor_type '{kind}'; it takes {names}")
    if values["learning_rate"] == AUTO:
        values["learning_rate"] = LEARNING_RATES[values["optimizer"]]
    if kind == MULTICLASS and values["num_classes"] < 3:
        raise CustomerError(
            "num_classes must be an integer from 3 to 1000000 for predictor_type 'multiclass_classifier'"
        )
    labels_scaled = kind == REGRESSOR
    for name, default in (("normalize_data", True), ("normalize_label", labels_scaled)):
        values[name] = default if values[name] == AUTO else values[name]
    for name in ("unbias_data", "unbias_label"):
        values[name] = values["use_bias"] and values[name] is not False
    values["normalize_label"] = values["normalize_label"] and labels_scaled
    values["unbias_label"] = values["unbias_label"] and labels_scaled
    return values
