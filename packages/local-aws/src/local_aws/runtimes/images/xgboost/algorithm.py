"""SageMaker's built-in XGBoost algorithm: trains with the real library on the channels `train` and `validation`.

A separate program for training jobs without a script. It prints each round's metrics as the algorithm does, supports
early stopping, keeps the best round, and saves `xgboost-model`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import xgboost
from hyperparameters import HyperparameterError, read_hyperparameters
from metrics import OWN_METRICS, RISING, custom_metric
from sagemaker_training import environment
from tables import DataError, content_type, read_channel

MODEL = "xgboost-model"
CHANNELS = ("train", "validation")
DEFAULT_CONTENT_TYPE = "libsvm"


def main() -> None:
    """Train. A user's mistake is reported as one line on stderr, with exit code 1."""
    try:
        train(environment.Environment())
    except (HyperparameterError, DataError, xgboost.core.XGBoostError) as error:
        sys.exit(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}")


def train(job: Any) -> None:
    """Read the job's files, boost, save."""
    hyperparameters = json.loads(Path(environment.hyperparameters_file_dir).read_text("utf-8"))
    parameters = read_hyperparameters(hyperparameters)
    if len(job.hosts) > 1:
        raise DataError("the algorithm trains on one instance here: set InstanceCount to 1")
    matrices = read_matrices(job, weights=parameters.pop("csv_weights", 0) == 1)
    for name, matrix in matrices.items():
        print(f"{name}: {matrix.num_row()} rows, {matrix.num_col()} columns", flush=True)  # noqa: T201
    booster = boost(parameters, matrices, Path(job.model_dir) / MODEL)
    booster.save_model(Path(job.model_dir) / MODEL)


def read_matrices(job: Any, *, weights: bool) -> dict[str, xgboost.DMatrix]:
    """The channels as matrices with the same number of columns."""
    unknown = sorted(set(job.channel_input_dirs) - {*CHANNELS, "code", "model"})
    if unknown:
        raise DataError(f"channel {unknown[0]!r} is none of the algorithm's: {', '.join(CHANNELS)}")
    if "train" not in job.channel_input_dirs:
        raise DataError("channel 'train' is missing")
    matrices: dict[str, xgboost.DMatrix] = {}
    for name in CHANNELS:
        if folder := job.channel_input_dirs.get(name):
            kind = content_type(job.input_data_config[name].get("ContentType") or DEFAULT_CONTENT_TYPE)
            columns = matrices["train"].num_col() if matrices else None
            matrices[name] = read_channel(Path(folder), kind, weights=weights, columns=columns)
    return matrices


def boost(parameters: dict[str, Any], matrices: dict[str, xgboost.DMatrix], model: Path) -> xgboost.Booster:
    """Boost for `num_round` rounds, or until early stopping."""
    metrics = parameters.pop("eval_metric", [])
    if objective := parameters.pop("_tuning_objective_metric", ""):
        metrics = [*(name for name in metrics if f":{name}" not in objective), objective.partition(":")[2]]
    rounds, patience = parameters.pop("num_round"), parameters.pop("early_stopping_rounds", None)
    keep_going = parameters.pop("save_model_on_termination", "false") == "true"
    built_in = [name for name in metrics if name not in OWN_METRICS]
    callbacks: list[Any] = [xgboost.callback.EvaluationMonitor()]
    if patience and "validation" in matrices:
        callbacks.append(_stopping(patience, metrics))
    if keep_going:
        callbacks.append(SaveEachRound(model))
    return xgboost.train(
        {**parameters, **({"eval_metric": built_in} if built_in else {})},
        matrices["train"],
        num_boost_round=rounds,
        evals=[(matrix, name) for name, matrix in matrices.items()],
        custom_metric=custom_metric(metrics),
        callbacks=callbacks,
        verbose_eval=False,  # otherwise each line is printed twice
    )


def _stopping(patience: int, metrics: list[str]) -> Any:
    name = metrics[-1] if metrics else None
    rising = name.partition("@")[0] in RISING if name else None
    return xgboost.callback.EarlyStopping(
        patience, metric_name=name, data_name="validation", maximize=rising, save_best=True
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
