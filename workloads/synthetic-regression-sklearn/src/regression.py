"""What a training script reads and reports: rows with y first, options for paths, R2, the prediction line.

synthetic-regression-tensorflow uses this file too: the two differ in their framework alone.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

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
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "folder for points.csv and line.csv (optional)"),
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


def report(predict: Predict, options: argparse.Namespace) -> None:
    """Print R2 on the test rows; write all rows, and the prediction line through them."""
    x, y = read(options.test)
    r2 = 1 - float(np.sum((y - predict(x)) ** 2) / np.sum((y - y.mean()) ** 2))
    print(f"Test R2: {r2:.4f}")
    if options.output_data_dir:
        parts = [np.column_stack(read(folder)) for folder in (options.train, options.validation, options.test)]
        write(options.output_data_dir / "points.csv", "data", np.vstack(parts))
        write(options.output_data_dir / "line.csv", "prediction", np.column_stack([LINE, predict(LINE.astype(float))]))


def write(path: Path, name: str, points: np.ndarray) -> None:
    """Write x and y as a table, as `launchpad report` draws it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, points, fmt="%.3f", delimiter=",", header=f"x,{name}", comments="")
