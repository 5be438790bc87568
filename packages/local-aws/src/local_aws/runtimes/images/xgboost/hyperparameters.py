"""The built-in XGBoost algorithm's hyperparameters, as AWS's container checks them: names, kinds and ranges.

Source: `algorithm_mode/hyperparameter_validation.py` of aws/sagemaker-xgboost-container.

SageMaker passes text. As on AWS, a name or value that the algorithm refuses ends the job, with a message that says
what to write instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from metrics import OWN_METRICS

INTEGERS = {
    "num_round": (1, math.inf),
    "early_stopping_rounds": (1, math.inf),
    "csv_weights": (0, 1),
    "max_bin": (0, math.inf),
    "max_depth": (0, math.inf),
    "max_leaves": (0, math.inf),
    "nthread": (1, math.inf),
    "num_class": (2, math.inf),
    "num_parallel_tree": (1, math.inf),
    "one_drop": (0, 1),
    "refresh_leaf": (0, 1),
    "seed": (-math.inf, math.inf),
    "verbosity": (0, 3),
}
"""Name to minimum and maximum."""
NUMBERS = {
    "aft_loss_distribution_scale": (0, math.inf),
    "alpha": (0, math.inf),
    "base_score": (0, math.inf),
    "colsample_bylevel": (0, 1),
    "colsample_bynode": (0, 1),
    "colsample_bytree": (0, 1),
    "eta": (0, 1),
    "gamma": (0, math.inf),
    "lambda": (0, math.inf),
    "lambda_bias": (0, 1),
    "max_delta_step": (0, math.inf),
    "min_child_weight": (0, math.inf),
    "rate_drop": (0, 1),
    "scale_pos_weight": (0, math.inf),
    "skip_drop": (0, 1),
    "subsample": (0, 1),
    "tweedie_variance_power": (1, 2),
}
ABOVE = {"colsample_bylevel", "colsample_bynode", "colsample_bytree", "scale_pos_weight", "subsample"}
"""Numbers that must be greater than their minimum."""
BETWEEN = {"tweedie_variance_power"}
"""Numbers that must lie between their minimum and maximum."""
CHOICES = {
    "aft_loss_distribution": ("normal", "logistic", "extreme"),
    "booster": ("gbtree", "gblinear", "dart"),
    "grow_policy": ("depthwise", "lossguide"),
    "normalize_type": ("tree", "forest"),
    "process_type": ("default", "update"),
    "sample_type": ("uniform", "weighted"),
    "sampling_method": ("uniform", "gradient_based"),
    "save_model_on_termination": ("true", "false"),
    "tree_method": ("auto", "exact", "approx", "hist"),
    "objective": (
        "binary:hinge",
        "binary:logistic",
        "binary:logitraw",
        "count:poisson",
        "multi:softmax",
        "multi:softprob",
        "rank:map",
        "rank:ndcg",
        "rank:pairwise",
        "reg:absoluteerror",
        "reg:gamma",
        "reg:linear",
        "reg:logistic",
        "reg:pseudohubererror",
        "reg:squarederror",
        "reg:squaredlogerror",
        "reg:tweedie",
        "survival:aft",
        "survival:cox",
    ),
}
TEXTS = ("eval_metric", "interaction_constraints", "monotone_constraints", "updater", "_tuning_objective_metric")
ELSEWHERE = {
    "_kfold": "cross-validation inside one job",
    "_num_cv_round": "cross-validation inside one job",
    "use_dask_gpu_training": "training on GPUs",
}
"""Features of the algorithm on AWS that this one lacks."""
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_alpha": "alpha", "reg_lambda": "lambda"}
"""Names that XGBoost has too."""
WITHOUT_EFFECT = ("deterministic_histogram", "dsplit", "predictor", "prob_buffer_row", "sketch_eps")
"""Hyperparameters of earlier releases, which the container takes and this release of XGBoost no longer has."""
TREE_METHODS = {"interaction_constraints": ("exact", "hist", "approx"), "monotone_constraints": ("exact", "hist")}
"""Constraints, and the values of tree_method that they need."""
RENAMED = {"reg:linear": "reg:squarederror"}
"""Names that the library has removed, and their replacements."""
BUILT_IN_METRICS = (
    "aft-nloglik", "auc", "aucpr", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "map", "mape", "merror", "mlogloss", "mphe", "ndcg",
    "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik",
)  # fmt: skip


AT = ("error", "map", "ndcg")
"""Metrics that take a number after @: a threshold, or how many of the first rows count."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class HyperparameterError(ValueError):
    """A hyperparameter that the algorithm does not accept."""


def read_hyperparameters(texts: Mapping[str, str]) -> dict[str, Any]:
    """Check and convert the job's hyperparameters; `eval_metric` becomes a list.

    Raises:
        HyperparameterError: the hyperparameter, what is wrong with it, and what to write instead.
    """
    if "num_round" not in texts:
        raise HyperparameterError("num_round is missing: write the number of rounds of boosting, 1 or more")
    values = {name: _read(name, text) for name, text in _named(texts).items()}
    for name, methods in TREE_METHODS.items():
        if name in values and values.get("tree_method") not in methods:
            raise HyperparameterError(f"{name} needs tree_method; write one of {', '.join(methods)}")
    values["objective"] = RENAMED.get(values.get("objective"), values.get("objective", "reg:squarederror"))
    if values["objective"].startswith("multi:") and "num_class" not in values:
        raise HyperparameterError(f"num_class is missing: objective {values['objective']} needs the number of classes")
    if metrics := values.pop("eval_metric", ""):
        values["eval_metric"] = [_metric(name.strip()) for name in metrics.split(",")]
    return values


def _named(texts: Mapping[str, str]) -> dict[str, str]:
    return {ALIASES.get(name, name): text for name, text in texts.items() if name not in WITHOUT_EFFECT}


def _read(name: str, text: str) -> Any:
    if name in INTEGERS or name in NUMBERS:
        return _number(name, text)
    if name in CHOICES:
        if text not in CHOICES[name]:
            raise HyperparameterError(f"{name} is {text!r}; write one of {', '.join(CHOICES[name])}")
        return text
    if name in TEXTS:
        return text
    if name in ELSEWHERE:
        raise HyperparameterError(f"{name}: {ELSEWHERE[name]} works on AWS only; leave it out here")
    names = sorted([*INTEGERS, *NUMBERS, *CHOICES, *TEXTS])
    raise HyperparameterError(f"{name} is no hyperparameter of XGBoost; there are {', '.join(names)}")


def _number(name: str, text: str) -> Any:
    kind, (low, high) = (int, INTEGERS[name]) if name in INTEGERS else (float, NUMBERS[name])
    try:
        value = kind(text) if NUMBER.fullmatch(text.strip()) else math.nan
    except ValueError:
        value = math.nan
    excluded = (name in ABOVE | BETWEEN and value == low) or (name in BETWEEN and value == high)
    if excluded or not low <= value <= high:
        expected = "a whole number" if kind is int else "a number"
        bounds = "between {} and {}" if name in BETWEEN else "above {}, up to {}" if name in ABOVE else "from {} to {}"
        raise HyperparameterError(f"{name} is {text!r}; write {expected} {bounds.format(f'{low:g}', f'{high:g}')}")
    return value


def _metric(name: str) -> str:
    metric, cut, parameter = name.partition("@")
    allowed = not cut or (metric in AT and NUMBER.fullmatch(parameter))
    if not allowed or metric not in (*BUILT_IN_METRICS, *OWN_METRICS):
        names = ", ".join(sorted([*BUILT_IN_METRICS, *OWN_METRICS]))
        raise HyperparameterError(f"eval_metric has {name!r}; write, separated by commas, of {names}")
    return name
