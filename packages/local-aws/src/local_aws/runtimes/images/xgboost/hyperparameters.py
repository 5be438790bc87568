"""The built-in XGBoost algorithm's hyperparameters as SageMaker documents them: names, kinds and ranges.

SageMaker passes text. As on AWS, a name or value that the algorithm refuses ends the job, with a message that says
what to write instead.
"""

from __future__ import annotations

import json
import math
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
CHOICES = {
    "booster": ("gbtree", "gblinear", "dart"),
    "grow_policy": ("depthwise", "lossguide"),
    "normalize_type": ("tree", "forest"),
    "process_type": ("default", "update"),
    "sample_type": ("uniform", "weighted"),
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
RENAMED = {"reg:linear": "reg:squarederror"}
"""Names that the library has removed, and their replacements."""
BUILT_IN_METRICS = (
    "aft-nloglik", "auc", "aucpr", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "map", "mape", "merror", "mlogloss", "mphe", "ndcg",
    "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik",
)  # fmt: skip


class HyperparameterError(ValueError):
    """A hyperparameter that the algorithm does not accept."""


def read_hyperparameters(texts: Mapping[str, str]) -> dict[str, Any]:
    """Check and convert the job's hyperparameters; `eval_metric` becomes a list.

    Raises:
        HyperparameterError: the hyperparameter, what is wrong with it, and what to write instead.
    """
    if "num_round" not in texts:
        raise HyperparameterError("num_round is missing: write the number of rounds of boosting, 1 or more")
    values = {name: _read(name, text) for name, text in texts.items()}
    values["objective"] = RENAMED.get(values.get("objective"), values.get("objective", "reg:squarederror"))
    if values["objective"].startswith("multi:") and "num_class" not in values:
        raise HyperparameterError(f"num_class is missing: objective {values['objective']} needs the number of classes")
    if metrics := values.pop("eval_metric", ""):
        values["eval_metric"] = [_metric(name.strip()) for name in metrics.split(",")]
    return values


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
        value = kind(json.loads(text)) if kind is float else int(text)
    except (ValueError, TypeError):
        value = math.nan
    if not low <= value <= high:
        expected = "a whole number" if kind is int else "a number"
        raise HyperparameterError(f"{name} is {text!r}; write {expected} from {low:g} to {high:g}")
    return value


def _metric(name: str) -> str:
    if name.partition("@")[0].rstrip("-") not in (*BUILT_IN_METRICS, *OWN_METRICS):
        names = ", ".join(sorted([*BUILT_IN_METRICS, *OWN_METRICS]))
        raise HyperparameterError(f"eval_metric has {name!r}; write, separated by commas, of {names}")
    return name
