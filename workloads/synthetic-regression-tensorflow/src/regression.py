"""What a training script reads and reports: rows with y first, options for paths, R2, the prediction line's picture.

The same file lies in each of the synthetic-regression workloads, which differ in their framework alone.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from picture import Series, draw

LINE = np.arange(-5000, 5000, 10)
"""Where the prediction line is drawn, x from -5000 to 5000 by 10."""
Predict = Callable[[np.ndarray], np.ndarray]


def parse_options(description: str, **hyperparameters: tuple[float, str]) -> argparse.Namespace:
    """Read hyperparameters (name to default and meaning) and paths; on SageMaker these come from SM_* variables."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    for name, (value, meaning) in hyperparameters.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=meaning)
    parser.add_argument("--model_dir", dest="_elsewhere", help=argparse.SUPPRESS)  # AWS's TensorFlow image has its own
    for option, variable, meaning in (
        ("--train", "SM_CHANNEL_TRAIN", "folder with CSV files, y first, no header"),
        ("--validation", "SM_CHANNEL_VALIDATION", "the same"),
        ("--test", "SM_CHANNEL_TEST", "the same, which training never sees"),
        ("--model-dir", "SM_MODEL_DIR", "folder for the model"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "folder for picture.svg (optional)"),
    ):
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """x and y of all files of a channel. Leaves with one line that says what is wrong with them."""
    files = sorted(folder.glob("*.csv"))
    try:
        rows = np.vstack([np.loadtxt(path, delimiter=",", ndmin=2) for path in files])
    except ValueError as problem:
        raise SystemExit(f"ValueError: {folder}: needs .csv files with y and x, no header: {problem}") from None
    return rows[:, 1], rows[:, 0]


def report(predict: Predict, options: argparse.Namespace, framework: str) -> None:
    """Print R2 on the test rows, and draw the prediction line over all rows."""
    x, y = read(options.test)
    r2 = 1 - float(np.sum((y - predict(x)) ** 2) / np.sum((y - y.mean()) ** 2))
    print(f"Test R2: {r2:.4f}")
    if options.output_data_dir:
        parts = [read(folder) for folder in (options.train, options.validation, options.test)]
        points = [(float(a), float(b)) for xs, ys in parts for a, b in zip(xs, ys, strict=True)]
        line = list(zip(LINE.tolist(), predict(LINE.astype(float)).tolist(), strict=True))
        series = [Series("data", points, "#1f77b4"), Series("prediction", line, "#d62728", line=True)]
        draw(options.output_data_dir / "picture.svg", f"{framework}, R2 {r2:.3f} on the test rows", ("x", "y"), series)
