"""The metrics of AWS's built-in algorithms, which SageMaker itself reads from their logs.

Sources: "Tune a K-Means Model" and its siblings in the developer guide, and, for the expressions, published responses
of DescribeHyperParameterTuningJob.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error

QUALITY = r"#quality_metric: host=\S+, "
CUSTOMER_EXIT_CODE = 2
"""With it these algorithms end a job that failed through the customer's mistake."""
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
"""By the repository of the algorithm's image: each metric's name and regular expression."""
MINIMIZED = ("msd", "ssd", "objective_loss", *LOSSES)
"""Metrics of which less is better; of all others more is."""


def repository_of(image: str | None) -> str:
    """The repository's name in an image's URI."""
    return (image or "").rpartition("/")[2].partition(":")[0].partition("@")[0]


def metric_definitions(image: str | None) -> list[dict[str, str]]:
    """The MetricDefinitions that SageMaker gives jobs of a built-in algorithm; none for other images."""
    expressions = EXPRESSIONS.get(repository_of(image), {})
    return [{"Name": name, "Regex": expression} for name, expression in expressions.items()]


def check_objective(image: str | None, objective: dict[str, Any]) -> None:
    """Raise ValidationException for an objective that the built-in algorithm lacks, or for its other direction."""
    expressions, algorithm = EXPRESSIONS.get(repository_of(image)), image
    if expressions is None:
        return
    name, direction = objective["MetricName"], objective["Type"]
    if name not in expressions:
        raise validation_error(
            f"The objective metric for the hyperparameter tuning job, [{name}], isn't valid for the [{algorithm}] "
            "algorithm. Choose a valid objective metric."
        )
    if direction != ("Minimize" if name.split(":")[1] in MINIMIZED else "Maximize"):
        raise validation_error(
            f"The objective metric type, [{direction}], that you specified for objective metric, [{name}], isn't valid "
            f"for the [{algorithm}] algorithm. Choose a valid objective metric type."
        )
