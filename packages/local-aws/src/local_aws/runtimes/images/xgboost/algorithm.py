"""SageMaker's built-in XGBoost algorithm: trains with the real library on the channels `train` and `validation`.

A separate program for training jobs without a script. It prints each round's metrics as the algorithm does, supports
early stopping, keeps the best round, and saves `xgboost-model`.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import xgboost
from channels import NAMES, PIPE, check_channels
from hyperparameters import read_hyperparameters
from metrics import MAXIMIZED, OWN_METRICS, custom_metric
from sagemaker_algorithm_toolkit import exceptions
from sagemaker_algorithm_toolkit.exceptions import AlgorithmError, BaseToolkitError, UserError
from sagemaker_training import environment
from sagemaker_xgboost_container import data_utils

MODEL = "xgboost-model"
CUSTOMER_ERRORS = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "Check failed: !auc_error AUC: the dataset only contains pos or neg samples",
    "Check failed: base_score > 0.0f && base_score < 1.0f base_score must be in (0,1) for logistic loss",
    "Check failed: label_correct PoissonRegression: label must be nonnegative",
    "Check failed: label_correct TweedieRegression: label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
)
"""Parts of the library's errors that AWS's container takes for the user's mistakes."""


def main() -> None:
    """Train. A failure is reported as one line on stderr, with the kind that AWS's container gives it."""
    line = {"format": "[%(asctime)s:%(levelname)s] %(message)s", "datefmt": "%Y-%m-%d:%H:%M:%S"}
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, **line)
    try:
        train(environment.Environment())
    except BaseToolkitError as error:
        sys.exit(f"{exceptions.__name__}.{type(error).__name__}: {' '.join(error.message.split())}")


def train(job: Any) -> None:
    """Read the job's files, boost, save."""
    hyperparameters = json.loads(Path(environment.hyperparameters_file_dir).read_text("utf-8"))
    parameters = read_hyperparameters(hyperparameters)
    channels = check_channels(job.input_data_config)
    if len(job.hosts) > 1:
        raise UserError("the algorithm trains on one instance here: set InstanceCount to 1")
    matrices = read_matrices(job, channels, csv_weights=parameters.pop("csv_weights", 0))
    booster = boost(parameters, matrices, Path(job.model_dir) / MODEL)
    booster.save_model(Path(job.model_dir) / MODEL)


def read_matrices(job: Any, channels: dict[str, Any], *, csv_weights: int) -> dict[str, xgboost.DMatrix]:
    """The channels as matrices. Raises `UserError` for files that are not what the content type of `train` says."""
    is_pipe = channels["train"]["TrainingInputMode"] == PIPE
    content_type = channels["train"]["ContentType"]  # of both channels, as in AWS's container
    matrices: dict[str, xgboost.DMatrix] = {}
    for name in NAMES:
        if name not in channels:
            continue
        path = job.channel_input_dirs[name]
        if not is_pipe and data_utils.get_size(path) > 0:
            data_utils.validate_data_file_path(path, content_type)
        elif not is_pipe:
            described = "training" if name == "train" else name
            raise UserError(f"No data in {described} channel path {path}")
        matrices[name] = data_utils.get_dmatrix(path, content_type, csv_weights, is_pipe)
    rows, columns = matrices["train"].num_row(), matrices["train"].num_col()
    logging.info("Single node training.")
    logging.info("Train matrix has %s rows and %s columns", rows, columns)
    if "validation" in matrices:
        logging.info("Validation matrix has %s rows", matrices["validation"].num_row())
    return matrices


def boost(parameters: dict[str, Any], matrices: dict[str, xgboost.DMatrix], model: Path) -> xgboost.Booster:
    """Boost for `num_round` rounds, or until early stopping. Raises what AWS's container makes of errors."""
    objective = parameters.pop("_tuning_objective_metric", "").partition(":")[2]
    evaluated = parameters.pop("eval_metric", [])
    metrics = sorted({*evaluated, objective}) if objective and evaluated else [objective] if objective else evaluated
    rounds, patience = parameters.pop("num_round"), parameters.pop("early_stopping_rounds", None)
    callbacks: list[Any] = [xgboost.callback.EvaluationMonitor()]
    if parameters.pop("save_model_on_termination", "false") == "true":
        callbacks.append(SaveEachRound(model))
    if patience and metrics and "validation" in matrices:
        callbacks.append(_stopping(patience, objective or evaluated[-1]))
    built_in = [name for name in metrics if name not in OWN_METRICS]
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    try:
        return xgboost.train(
            {**parameters, **({"eval_metric": built_in} if built_in else {})},
            matrices["train"],
            num_boost_round=rounds,
            evals=[(matrix, name) for name, matrix in matrices.items()],
            custom_metric=custom_metric(metrics),
            callbacks=callbacks,
            verbose_eval=False,  # otherwise each line is printed twice
        )
    except Exception as error:
        if any(part in str(error) for part in CUSTOMER_ERRORS):
            raise UserError(str(error)) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {error}") from error


def _stopping(patience: int, metric: str) -> Any:
    return xgboost.callback.EarlyStopping(
        patience, metric_name=metric, data_name="validation", maximize=metric in MAXIMIZED, save_best=True
    )


class SaveEachRound(xgboost.callback.TrainingCallback):
    """Implements `save_model_on_termination`: a stopped job has the model of its last complete round."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
        """Save to a temporary name, then rename, so that the file is never half-written."""
        aside = self._path.with_name(f".{MODEL}")
        model.save_model(aside)
        aside.replace(self._path)
        return False


if __name__ == "__main__":
    main()
