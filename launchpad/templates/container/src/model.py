"""What evaluate.py knows of the model, which the image's own program `train` made (see containers/workload-name)."""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.metrics import r2_score


def predict(model: Any, features: pd.DataFrame) -> list[float]:
    """One value per row."""
    return model.predict(features).tolist()


def score(labels: list[float], predicted: list[float]) -> dict[str, float]:
    """The metrics by which a model is judged."""
    return {"r2": r2_score(labels, predicted)}


def load(folder: Path) -> Any:
    """Load what `train` wrote."""
    return joblib.load(folder / "model.joblib")
