"""The built-in XGBoost algorithm's hyperparameters, checked as AWS's container checks them, in its words.

Source: `algorithm_mode/hyperparameter_validation.py` of aws/sagemaker-xgboost-container. SageMaker passes text. A name
or value that the algorithm refuses ends the job. Only numbers that are not finite are refused here and taken there.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

from metrics import MAXIMIZED, MINIMIZED
from sagemaker_algorithm_toolkit.exceptions import UserError

ABOVE_ZERO = "(0, +inf)"
INTERVALS = {
    "num_round": (int, "[1, +inf)"),
    "csv_weights": (int, "[0, 1]"),
    "early_stopping_rounds": (int, "[1, +inf)"),
    "verbosity": (int, "[0, 3]"),
    "nthread": (int, "[1, +inf)"),
    "eta": (float, "[0, 1]"),
    "gamma": (float, "[0, +inf)"),
    "max_depth": (int, "[0, +inf)"),
    "min_child_weight": (float, "[0, +inf)"),
    "max_delta_step": (float, "[0, +inf)"),
    "subsample": (float, "(0, 1]"),
    "colsample_bytree": (float, "(0, 1]"),
    "colsample_bylevel": (float, "(0, 1]"),
    "colsample_bynode": (float, "(0, 1]"),
    "lambda": (float, "[0, +inf)"),
    "alpha": (float, "[0, +inf)"),
    "sketch_eps": (float, "(0, 1)"),
    "scale_pos_weight": (float, ABOVE_ZERO),
    "refresh_leaf": (int, "[0, 1]"),
    "max_leaves": (int, "[0, +inf)"),
    "max_bin": (int, "[0, +inf)"),
    "rate_drop": (float, "[0, 1]"),
    "one_drop": (int, "[0, 1]"),
    "skip_drop": (float, "[0, 1]"),
    "lambda_bias": (float, "[0, 1]"),
    "tweedie_variance_power": (float, "(1, 2)"),
    "num_class": (int, "[2, +inf)"),
    "base_score": (float, "[0, +inf)"),
    "_kfold": (int, "[2, +inf)"),
    "_num_cv_round": (int, "[1, +inf)"),
    "seed": (int, "(-2147483648, 2147483647)"),
    "num_parallel_tree": (int, "[1, +inf)"),
    "aft_loss_distribution_scale": (float, "[0, +inf)"),
    "prob_buffer_row": (int, "(1.0, +inf)"),
}
"""Name to kind and interval: a parenthesis excludes the bound, a bracket includes it."""
TRUTHS = ["true", "false"]
CHOICES = {
    "booster": ["gbtree", "gblinear", "dart"],
    "tree_method": ["auto", "exact", "approx", "hist", "gpu_hist"],
    "dsplit": ["row", "col"],
    "process_type": ["default", "update"],
    "grow_policy": ["depthwise", "lossguide"],
    "predictor": ["auto", "cpu_predictor", "gpu_predictor"],
    "sample_type": ["uniform", "weighted"],
    "normalize_type": ["tree", "forest"],
    "objective": [
        "aft_loss_distribution",
        "binary:logistic",
        "binary:logitraw",
        "binary:hinge",
        "count:poisson",
        "multi:softmax",
        "multi:softprob",
        "rank:pairwise",
        "rank:ndcg",
        "rank:map",
        "reg:linear",
        "reg:squarederror",
        "reg:logistic",
        "reg:gamma",
        "reg:pseudohubererror",
        "reg:squaredlogerror",
        "reg:absoluteerror",
        "reg:tweedie",
        "survival:aft",
        "survival:cox",
    ],
    "save_model_on_termination": TRUTHS,
    "aft_loss_distribution": ["normal", "logistic", "extreme"],
    "deterministic_histogram": TRUTHS,
    "sampling_method": ["uniform", "gradient_based"],
    "use_dask_gpu_training": TRUTHS,
    "_tuning_objective_metric": [f"validation:{name}" for name in (*MAXIMIZED, *MINIMIZED)],
}
TREE_BUILDERS = ("grow_colmaker", "distcol", "grow_histmaker", "grow_quantile_histmaker")
TREE_UPDATERS = (*TREE_BUILDERS, "grow_skmaker", "sync", "refresh", "prune")
LINEAR_UPDATERS = ("shotgun", "coord_descent")
PROCESS_UPDATERS = ("refresh", "prune")
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_alpha": "alpha", "reg_lambda": "lambda"}
"""Names that XGBoost has too."""
ELSEWHERE = {
    "_kfold": "cross-validation inside one job",
    "_num_cv_round": "cross-validation inside one job",
    "use_dask_gpu_training": "training on GPUs",
}
"""Features of the algorithm on AWS that this one lacks."""
CONSTRAINTS = {
    "monotone_constraints": (("exact", "hist"), "either 'exact' or 'hist'"),
    "interaction_constraints": (("exact", "hist", "approx"), "either 'exact', 'hist' or 'approx'"),
}
"""The values of tree_method that a constraint needs, and how the container names them."""
RENAMED = {"reg:linear": "reg:squarederror"}
"""Objectives that this release of the library has no more, and those of today."""
WITH_THRESHOLD = ("error", "ndcg", "map")
"""Metrics that take a number after @: a threshold, or how many of the first rows count."""


def read_hyperparameters(texts: Mapping[str, str]) -> dict[str, Any]:
    """Check and convert the job's hyperparameters; `eval_metric` and `updater` become lists.

    Raises:
        UserError: the hyperparameter, and what is wrong with it.
    """
    named = {ALIASES.get(name, name): text for name, text in texts.items()}
    if "num_round" not in named:
        raise UserError("Missing required hyperparameter: num_round")
    values = {name: _parse(name, text) for name, text in named.items()}
    for name, value in values.items():
        _check_range(name, value)
    for check in DEPENDENCIES:
        check(values)
    for name, feature in ELSEWHERE.items():
        if values.get(name) not in (None, "false"):
            raise UserError(f"Hyperparameter {name}: {feature} works on AWS only; leave it out here")
    values.pop("use_dask_gpu_training", None)
    objective = values.get("objective", "reg:squarederror")
    return {**values, "objective": RENAMED.get(objective, objective)}


def _parse(name: str, text: str) -> Any:
    try:
        if name in INTERVALS:
            return INTERVALS[name][0](text)
        if name in ("eval_metric", "updater"):
            return text.split(",")
        if name in CONSTRAINTS:
            return ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise UserError(f"Hyperparameter {name}: could not parse value", caused_by=error) from None
    if name not in CHOICES:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    return text


def _check_range(name: str, value: Any) -> None:
    if name in INTERVALS:
        if not math.isfinite(value):
            raise UserError(f"Hyperparameter {name}: {value} is not a finite number")
        if not _within(value, INTERVALS[name][1]):
            raise UserError(f"Hyperparameter {name}: {value} is not in {INTERVALS[name][1]}")
    elif name in CHOICES and value not in CHOICES[name]:
        raise UserError(f"Hyperparameter {name}: {value} is not in {CHOICES[name]}")
    elif name == "updater" and any(each not in (*TREE_UPDATERS, *LINEAR_UPDATERS) for each in value):
        raise UserError(f"Hyperparameter {name}: value {value} not in range {[*TREE_UPDATERS, *LINEAR_UPDATERS]}")
    elif name == "eval_metric" and not all(map(_is_metric, value)):
        raise UserError(f"Hyperparameter {name}: value {value} not in range {[*MAXIMIZED, *MINIMIZED]}")
    elif name == "monotone_constraints" and any(each not in (-1, 0, 1) for each in _flat(name, value)):
        raise UserError(f"Hyperparameter {name}: value {value} not in range [-1, 0, 1]")
    elif name == "interaction_constraints" and any(each < 1 for part in _flat(name, value) for each in part):
        raise UserError(f"Hyperparameter {name}: value {value} not in range [1, +inf)")


def _within(value: float, interval: str) -> bool:
    low, high = (float(bound) for bound in interval[1:-1].split(", "))
    return (low < value if interval[0] == "(" else low <= value) and (
        value < high if interval[-1] == ")" else value <= high
    )


def _flat(name: str, value: Any) -> Any:
    nested = name == "interaction_constraints"
    if not isinstance(value, list | tuple) or any(isinstance(part, list | tuple) != nested for part in value):
        raise UserError(f"Hyperparameter {name}: unexpected failure when validating {value}")
    return value


def _is_metric(name: str) -> bool:
    metric, cut, threshold = (part.strip() for part in name.partition("@"))
    if not cut:
        return name in (*MAXIMIZED, *MINIMIZED)
    if metric not in WITH_THRESHOLD:
        options = ", ".join(f"'{each}'" for each in WITH_THRESHOLD)
        raise UserError(
            f"Metric '{name}' is not supported. Parameter 'eval_metric' with customized threshold should "
            f"be one of these options: {options}."
        )
    try:
        float(threshold)
    except ValueError:
        raise UserError(f"Threshold value 't' in '{metric}@t' expects float input.") from None
    return True


def _check_objective(values: Mapping[str, Any]) -> None:
    if values.get("objective", "").startswith("multi:") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def _check_metrics(values: Mapping[str, Any]) -> None:
    metrics = values.get("eval_metric", ())
    if metrics and "objective" not in values:
        raise UserError("eval_metric needs an objective: the container on AWS ends with KeyError: 'objective'")
    objective = values.get("objective", "")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_constraints(values: Mapping[str, Any]) -> None:
    for name, (methods, words) in CONSTRAINTS.items():
        if name in values and values.get("tree_method") not in methods:
            raise UserError(f"{name} can be used only when the tree_method parameter is set to {words}.")


def _check_updaters(values: Mapping[str, Any]) -> None:
    updaters = values.get("updater", [])
    if not updaters:
        return
    if values.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in LINEAR_UPDATERS:
            options = ", ".join(f"'{each}'" for each in LINEAR_UPDATERS)
            raise UserError(f"Linear updater should be one of these options: {options}.")
    elif values.get("process_type") == "update":
        if any(each not in PROCESS_UPDATERS for each in updaters):
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif any(each not in TREE_UPDATERS for each in updaters) or sum(each in TREE_BUILDERS for each in updaters) > 1:
        options = ", ".join(f"'{each}'" for each in TREE_UPDATERS)
        raise UserError(f"Tree updater should be selected from these options: {options}, one of which grows trees.")


DEPENDENCIES: tuple[Callable[[Mapping[str, Any]], None], ...] = (
    _check_objective,
    _check_metrics,
    _check_constraints,
    _check_updaters,
)
