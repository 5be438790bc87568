"""Fill gaps in the rows of the Boston housing data: learns what a missing cell most likely was.

On SageMaker the paths come from SM_* variables; in a shell they are options:
    python train.py --training DIR --model-dir DIR
To judge it, some cells are hidden; the error is the mean distance of what is filled in, in standard deviations.
"""

import argparse
import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer

FILE, TARGET = "housing.csv", "medv"
STRATEGIES = {"median": {"strategy": "median"}, "zero": {"strategy": "constant", "fill_value": 0.0}}


def main() -> None:
    """Train, print the metric that SageMaker's metric definition looks for, and save the imputer."""
    options = parse_options()
    rows = pd.read_csv(options.training / FILE).drop(columns=TARGET).astype(float)
    imputer = SimpleImputer(**STRATEGIES[options.strategy]).fit(rows)
    print(f"Error of filled cells: {error(imputer, rows, options.hidden, options.random_state):.3f}")
    options.model_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump(imputer, options.model_dir / "model.joblib")  # keeps the column names, as feature_names_in_


def error(imputer: SimpleImputer, rows: pd.DataFrame, share: float, seed: int) -> float:
    """Hide a share of the cells, fill them in, and return their mean distance from the true ones."""
    hidden = np.random.default_rng(seed).random(rows.shape) < share
    filled = imputer.transform(rows.mask(hidden))
    distances = np.abs(filled - rows.to_numpy()) / rows.std().to_numpy()
    return float(distances[hidden].mean())


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Fill gaps in the rows of the Boston housing data.")
    parser.add_argument("--strategy", choices=STRATEGIES, default="median", help="what a missing cell becomes")
    parser.add_argument("--hidden", type=float, default=0.1, help="share of the cells that are hidden for the test")
    parser.add_argument("--random-state", type=int, default=123, help="seed of the hidden cells")
    for option, variable in (("--training", "SM_CHANNEL_TRAINING"), ("--model-dir", "SM_MODEL_DIR")):
        default = os.environ.get(variable) or None
        parser.add_argument(option, type=Path, default=default, required=default is None, help=f"else ${variable}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
