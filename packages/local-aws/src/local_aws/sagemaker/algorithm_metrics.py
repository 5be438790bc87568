"""Metrics that AWS's algorithm images publish without MetricDefinitions, and the refusals that follow from them.

Sources: DescribeTrainingJob's answers for jobs of the XGBoost image, which have these definitions; the container's
`algorithm_mode/metrics.py`, which has those that a tuning job may aim at; and users' reports for the words of both
refusals. A script in such an image counts as the algorithm: its own definitions are refused too, and what it prints in
the algorithm's format is a metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import validation_error

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
XGBOOST = ("sagemaker-xgboost", "xgboost")
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
"""The metrics of an algorithm that a tuning job may aim at, by their prefix."""


def metric_definitions(image: str | None, hyperparameters: Mapping[str, str]) -> list[Definition]:
    """The definitions of an algorithm of AWS's; none for any other image."""
    if not is_algorithm(image):
        return []
    evaluated = ",".join(hyperparameters.get(name, "") for name in EVALUATED).replace(TUNABLE, "").split(",")
    names = [*USUAL, *(name for name in RARE if name in evaluated)][:MOST]
    return [
        {"Name": f"{channel}:{name}", "Regex": f"{ROUND}{channel}-{name}:{NUMBER}.*"}
        for channel in ("train", "validation")
        for name in names
    ]


def with_metric_definitions(request: Mapping[str, Any]) -> dict[str, Any]:
    """The AlgorithmSpecification of a request as Describe answers it, with the algorithm's own metrics."""
    algorithm = request["AlgorithmSpecification"]
    definitions = metric_definitions(algorithm.get("TrainingImage"), request.get("HyperParameters", {}))
    return {**algorithm, "MetricDefinitions": definitions} if definitions else dict(algorithm)


def check_own_metrics(algorithm: dict[str, Any]) -> None:
    """Raise `AwsError` for MetricDefinitions that go with an algorithm of AWS's."""
    if algorithm.get("MetricDefinitions") and is_algorithm(algorithm.get("TrainingImage")):
        raise validation_error(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions."
        )


def check_objective(algorithm: dict[str, Any], objective: str) -> None:
    """Raise `AwsError` for the objective of a tuning job that its training jobs have no metric of."""
    if is_algorithm(algorithm.get("TrainingImage")):
        names, where = [f"{TUNABLE}{name}" for name in (*USUAL, *RARE)], "the algorithm's"
    else:
        names, where = [item["Name"] for item in algorithm.get("MetricDefinitions", ())], "the MetricDefinitions"
    if not names:
        raise validation_error(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
            "definitions."
        )
    if objective not in names:
        choices = ", ".join(sorted(names))
        raise validation_error(f"The objective metric {objective} is not among {where}: {choices}.")


def required_text(regex: str) -> str:
    """What a line must contain to match, as far as it is known: long lines are searched for it first."""
    if regex.startswith(ROUND):
        return TAB + regex.removeprefix(ROUND).partition(":")[0] + ":"
    return ""


def is_algorithm(image: str | None) -> bool:
    """Whether an image is one of AWS's whose metrics are known."""
    return (image or "").rpartition("/")[2].partition(":")[0].partition("@")[0] in XGBOOST
