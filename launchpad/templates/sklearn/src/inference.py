"""Serve the model. Rows as CSV, JSON or NumPy are read and answered by the image's own defaults.

To read requests or write answers in another way, add `input_fn`, `predict_fn` or `output_fn`.
"""

from pathlib import Path
from typing import Any

from model import load


def model_fn(model_dir: str) -> Any:
    """Load what train.py saved."""
    return load(Path(model_dir))
