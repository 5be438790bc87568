"""The model: gradient boosting by XGBoost. Replace it with yours; train.py and evaluate.py use these functions.

It is saved as the built-in algorithm saves its own, so the image serves it without a script: CSV or LIBSVM in, CSV out.
"""

import argparse
from pathlib import Path

import pandas as pd
import xgboost
from sklearn.metrics import accuracy_score

HYPERPARAMETERS = {"rounds": 50, "max-depth": 4, "eta": 0.3}
METRIC_LINE = "[0]\tvalidation-{}:{:.3f}"
"""The form in which XGBoost's algorithm prints its metrics: SageMaker reads no others from the log of its image."""
FILE = "xgboost-model"


def fit(features: pd.DataFrame, labels: list[int], options: argparse.Namespace) -> xgboost.Booster:
    """Train."""
    settings = {"objective": "multi:softmax", "num_class": max(labels) + 1, "seed": 1}
    settings |= {"max_depth": options.max_depth, "eta": options.eta}
    return xgboost.train(settings, xgboost.DMatrix(features.to_numpy(), labels), options.rounds)


def predict(model: xgboost.Booster, features: pd.DataFrame) -> list[int]:
    """One class per row."""
    return [int(value) for value in model.predict(xgboost.DMatrix(features.to_numpy()))]


def score(labels: list[int], predicted: list[int]) -> dict[str, float]:
    """The metrics by which a model is judged."""
    return {"validation:accuracy": accuracy_score(labels, predicted)}


def save(model: xgboost.Booster, folder: Path) -> None:
    """Write what the image serves."""
    (folder / FILE).write_bytes(model.save_raw("ubj"))  # save_model would warn that the name has no ending


def load(folder: Path) -> xgboost.Booster:
    """Load what `save` wrote."""
    return xgboost.Booster(model_file=bytearray((folder / FILE).read_bytes()))
