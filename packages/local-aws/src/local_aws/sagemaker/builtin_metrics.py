"""The metrics of AWS's built-in algorithms, which SageMaker itself reads from their logs.

Sources: "Tune a K-Means Model" and its siblings in the developer guide, for the expressions published responses of
DescribeHyperParameterTuningJob, and users' reports for the words of refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.api.errors import validation_error
from local_aws.runtimes.registries import is_in_aws_registry
from local_aws.sagemaker import xgboost_metrics

QUALITY = r"#quality_metric: host=\S+, "
TUNING_METRIC = "_tuning_objective_metric"
"""The hyperparameter in which SageMaker gives a training job the name of its objective."""
CUSTOMER_EXIT_CODE = 2
"""The code with which these algorithms end a job that failed through the customer's mistake."""
COMMON = {
    "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
    "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
}
CHANNELS = ("train", "validation", "test")
LOSSES = ("mse", "absolute_loss")
SCORES = {
    "binary_classification_accuracy": "binary_classification_accuracy",
    "binary_f_beta": r"binary_f_\S+",
    "precision": "precision",
    "recall": "recall",
    "roc_auc_score": "roc_auc_score",
    "multiclass_accuracy": "multiclass_accuracy",
    "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
    "dcg": "dcg",
    "macro_f_beta": r"macro_f_\S+",
    "macro_precision": "macro_precision",
    "macro_recall": "macro_recall",
}
"""Linear learner's scores, and how its log calls each."""


def _kmeans() -> dict[str, str]:
    return {
        f"{channel}:{name}": rf"{QUALITY}{channel} {name} <loss>=(\S+)"
        for channel in ("train", "test")
        for name in ("msd", "ssd")
    }


def _linear_learner() -> dict[str, str]:
    expressions: dict[str, str] = {}
    for channel in CHANNELS:
        expressions |= {f"{channel}:{name}": rf"{QUALITY}{channel} {name} <loss>=(\S+)" for name in LOSSES}
        scores = {name: rf"{QUALITY}{channel} {text} <score>=(\S+)" for name, text in SCORES.items()}
        expressions |= {f"{channel}:{name}": expression for name, expression in scores.items()}
        final = rf"{QUALITY}{channel} \S+_objective <loss>=(\S+)"
        if channel == "test":
            expressions["test:objective_loss"] = final
        else:
            expressions[f"{channel}:objective_loss"] = rf"{QUALITY}epoch=\S+, {channel} \S+_objective <loss>=(\S+)"
            expressions[f"{channel}:objective_loss:final"] = final
    return expressions


IMAGE_CLASSIFICATION = {
    "train:accuracy": r"Epoch\[\d+\] Train-accuracy=(\S+)",
    "validation:accuracy": r"Epoch\[\d+\] Validation-accuracy=(\S+)",
}
EXPRESSIONS = {
    "image-classification": IMAGE_CLASSIFICATION,
    "kmeans": {**COMMON, **_kmeans()},
    "linear-learner": {**COMMON, **_linear_learner()},
}
"""Each metric's name and regular expression, by the repository of the algorithm's image."""
MINIMIZED = ("msd", "ssd", "objective_loss", *LOSSES)
"""Metrics of which less is better; of all others more is."""


def algorithm_of(image: str | None) -> str:
    """The repository's name in an image's URI, if the registry is AWS's: other accounts have no algorithm of AWS.

    It has all that precedes it: `team/kmeans` is none either.
    """
    if not is_in_aws_registry(image or ""):
        return ""
    registry, slash, name = (image or "").partition("/")
    return (name if slash else registry).partition(":")[0].partition("@")[0]


def metric_definitions(image: str | None, hyperparameters: Mapping[str, str]) -> list[dict[str, str]]:
    """The MetricDefinitions that SageMaker gives jobs of a built-in algorithm; none for other images."""
    repository = algorithm_of(image)
    if repository in xgboost_metrics.REPOSITORIES:
        return xgboost_metrics.metric_definitions(hyperparameters)
    return [{"Name": name, "Regex": expression} for name, expression in EXPRESSIONS.get(repository, {}).items()]


def with_metric_definitions(algorithm: Mapping[str, Any], hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """An AlgorithmSpecification as Describe shows it: a built-in algorithm brings its own metrics.

    The objective of a tuning job is there a second time, as ObjectiveMetric.
    """
    definitions = metric_definitions(algorithm.get("TrainingImage"), hyperparameters)
    if not definitions:
        return dict(algorithm)
    objective = hyperparameters.get(TUNING_METRIC)
    again = [{**item, "Name": "ObjectiveMetric"} for item in definitions if item["Name"] == objective]
    return {**algorithm, "MetricDefinitions": [*definitions, *again]}


def without_metric_definitions(algorithm: Mapping[str, Any]) -> dict[str, Any]:
    """An AlgorithmSpecification as it may be requested: a built-in algorithm's has no metrics."""
    if not _is_builtin(algorithm.get("TrainingImage")):
        return dict(algorithm)
    return {name: value for name, value in algorithm.items() if name != "MetricDefinitions"}


def check_own_metrics(algorithm: Mapping[str, Any]) -> None:
    """Raise ValidationException for MetricDefinitions that go with a built-in algorithm."""
    if algorithm.get("MetricDefinitions") and _is_builtin(algorithm.get("TrainingImage")):
        raise validation_error(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions."
        )


def check_objective(algorithm: Mapping[str, Any], objective: Mapping[str, Any]) -> None:
    """Raise ValidationException for an objective that training jobs have no metric of, or for its other direction."""
    name, direction, image = objective["MetricName"], objective["Type"], algorithm.get("TrainingImage")
    directions = _directions(image)
    if not directions:
        _check_defined(algorithm, name)
        return
    if name not in directions:
        raise validation_error(
            f"The objective metric for the hyperparameter tuning job, [{name}], isn't valid for the [{image}] "
            "algorithm. Choose a valid objective metric."
        )
    if direction != directions[name]:
        raise validation_error(
            f"The objective metric type, [{direction}], that you specified for objective metric, [{name}], isn't valid "
            f"for the [{image}] algorithm. Choose a valid objective metric type."
        )


def _is_builtin(image: str | None) -> bool:
    return algorithm_of(image) in (*EXPRESSIONS, *xgboost_metrics.REPOSITORIES)


def _directions(image: str | None) -> dict[str, str]:
    """What a tuning job of a built-in algorithm may aim at, each with its direction; empty for other images."""
    repository = algorithm_of(image)
    if repository in xgboost_metrics.REPOSITORIES:
        return xgboost_metrics.directions()
    return {
        name: "Minimize" if name.split(":")[1] in MINIMIZED else "Maximize" for name in EXPRESSIONS.get(repository, {})
    }


def _check_defined(algorithm: Mapping[str, Any], objective: str) -> None:
    names = [item["Name"] for item in algorithm.get("MetricDefinitions", ())]
    if not names:
        raise validation_error(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
            "definitions."
        )
    if objective not in names:
        choices = ", ".join(sorted(names))
        raise validation_error(f"The objective metric {objective} is not among the MetricDefinitions: {choices}.")
