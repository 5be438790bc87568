"""Serve the model: rows of numbers as CSV, JSON or NumPy in, one probability for each row out.

All but loading the model is the XGBoost image's own.
"""

from pathlib import Path

import xgboost


def model_fn(model_dir: str) -> xgboost.Booster:
    """Load the model, which holds the rounds up to the best one."""
    return xgboost.Booster(model_file=Path(model_dir) / "model.ubj")
