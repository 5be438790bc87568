"""The model: a random forest of scikit-learn. Replace it with yours; train.py and evaluate.py use these functions."""

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

HYPERPARAMETERS = {"trees": 100, "random-state": 1}
METRIC_LINE = "{}: {:.3f}"
"""How train.py prints a metric, which workload.yaml looks for."""
FILE = "model.joblib"


def fit(features: pd.DataFrame, labels: list[int], options: argparse.Namespace) -> RandomForestClassifier:
    """Train."""
    model = RandomForestClassifier(options.trees, random_state=options.random_state)
    return model.fit(features.to_numpy(), labels)


def predict(model: RandomForestClassifier, features: pd.DataFrame) -> list[int]:
    """One class per row."""
    return model.predict(features.to_numpy()).tolist()


def score(labels: list[int], predicted: list[int]) -> dict[str, float]:
    """The metrics by which a model is judged."""
    return {"accuracy": accuracy_score(labels, predicted)}


def save(model: RandomForestClassifier, folder: Path) -> None:
    """Write what inference.py loads."""
    joblib.dump(model, folder / FILE)


def load(folder: Path) -> RandomForestClassifier:
    """Load what `save` wrote."""
    return joblib.load(folder / FILE)
