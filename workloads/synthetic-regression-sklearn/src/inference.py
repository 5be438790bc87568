"""Serve the model: x, one per line of CSV or as a JSON list, in; y of each out."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np


def model_fn(model_dir: str) -> Any:
    """Load the pipeline."""
    return joblib.load(Path(model_dir) / "model.joblib")


def predict_fn(data: np.ndarray, model: Any) -> np.ndarray:
    """Predict; one number arrives as a vector and not as a matrix."""
    return model.predict(np.asarray(data, float).reshape(-1, 1))
