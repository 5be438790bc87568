"""Serve the model. Rows as CSV, JSON or NumPy are read and answered by the image's own defaults.

To read requests or write answers in another way, add `input_fn` or `output_fn`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from model import load


def model_fn(model_dir: str) -> Any:
    """Load what train.py saved."""
    return load(Path(model_dir))


def predict_fn(rows: np.ndarray, model: Any) -> np.ndarray:
    """Predict. The image's default reader makes a single row of CSV a flat array, which scikit-learn refuses."""
    return model.predict(np.atleast_2d(rows))
