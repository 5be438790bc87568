"""Metrics that AWS's XGBoost image publishes without MetricDefinitions.

Sources: DescribeTrainingJob's answers for its jobs, which have these definitions, and the container's
`algorithm_mode/metrics.py`, which has those that a tuning job may aim at. A script in this image counts as the
algorithm: what it prints in the algorithm's format is a metric.
"""

from __future__ import annotations

from collections.abc import Mapping

Definition = dict[str, str]
USUAL = (
    *("accuracy", "auc", "aucpr", "error", "f1", "gamma-deviance", "gamma-nloglik", "logloss", "mae", "map", "merror"),
    *("mlogloss", "mse", "ndcg", "poisson-nloglik", "rmse", "tweedie-nloglik"),
)
"""Metrics of XGBoost that Describe lists for any job."""
RARE = (
    *("aft-nloglik", "balanced_accuracy", "cox-nloglik", "f1_binary", "f1_macro", "interval-regression-accuracy"),
    *("mape", "mphe", "precision", "precision_macro", "precision_micro", "r2", "recall", "recall_macro"),
    *("recall_micro", "rmsle"),
)
"""Those that are listed for jobs that evaluate them: the API has room for 40 definitions."""
MAXIMIZED = (
    *("accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "interval-regression-accuracy"),
    *("map", "ndcg", "precision", "precision_macro", "precision_micro", "r2", "recall", "recall_macro", "recall_micro"),
)
"""Metrics of which more is better; of all others less is."""
REPOSITORIES = ("sagemaker-xgboost", "xgboost")
"""The repositories of the algorithm's image; the second is the algorithm before it took scripts."""
EVALUATED = ("eval_metric", "_tuning_objective_metric")
"""Hyperparameters with the names of metrics."""
MOST = 20
"""Metrics of each channel."""
TAB = "#011"
"""How a training job's log on AWS has a tab of the program's output, which the expressions below rely on."""
ROUND = rf".*\[[0-9]+\].*{TAB}"
NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"

TUNABLE = "validation:"
"""The prefix of the metrics that a tuning job may aim at."""


def metric_definitions(hyperparameters: Mapping[str, str]) -> list[Definition]:
    """The definitions of one job."""
    evaluated = ",".join(hyperparameters.get(name, "") for name in EVALUATED).replace(TUNABLE, "").split(",")
    names = [*USUAL, *(name for name in RARE if name in evaluated)][:MOST]
    return [
        {"Name": f"{channel}:{name}", "Regex": f"{ROUND}{channel}-{name}:{NUMBER}.*"}
        for channel in ("train", "validation")
        for name in names
    ]


def directions() -> dict[str, str]:
    """What a tuning job may aim at, each with its direction."""
    return {f"{TUNABLE}{name}": "Maximize" if name in MAXIMIZED else "Minimize" for name in (*USUAL, *RARE)}


def required_text(regex: str) -> str:
    """What a line must contain to match, as far as it is known: long lines are searched for it first."""
    if regex.startswith(ROUND):
        return TAB + regex.removeprefix(ROUND).partition(":")[0] + ":"
    return ""
