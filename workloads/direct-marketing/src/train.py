"""Gradient boosting on the direct marketing data, as a SageMaker script and as a plain one.

On SageMaker the paths come from SM_* variables; in a shell they are options:
    python train.py --train DIR --validation DIR --model-dir DIR
Note: the rounds after the best one are cut off, so that a program that loads the model need not know of them.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score, roc_curve
from xgboost import XGBClassifier

TEST_ROWS = 200


def main() -> None:
    """Train, print the metric as XGBoost's algorithm prints it, because SageMaker looks for no other, and save."""
    options = parse_options()
    train_x, train_y = read(options.train)
    validation_x, validation_y = read(options.validation)
    model = XGBClassifier(
        n_estimators=options.num_round,
        early_stopping_rounds=options.early_stopping_rounds,
        max_depth=options.max_depth,
        eval_metric=options.eval_metric,
    )
    model.fit(train_x, train_y, eval_set=[(validation_x, validation_y)])
    scores = model.predict_proba(validation_x)[:, 1]  # of the best round
    print(f"[{model.best_iteration}]\tvalidation-auc:{roc_auc_score(validation_y, scores):.4f}")
    print(f"Rounds kept: {model.best_iteration + 1}")

    options.model_dir.mkdir(parents=True, exist_ok=True)
    best = model.get_booster()[: model.best_iteration + 1]
    best.save_model(options.model_dir / "model.ubj")
    if options.output_data_dir:
        write_report(options.output_data_dir, validation_x, validation_y, scores)


def parse_options() -> argparse.Namespace:
    """Read hyperparameters and paths; SageMaker hands every hyperparameter over as text."""
    parser = argparse.ArgumentParser(description="Gradient boosting on the direct marketing data.")
    parser.add_argument("--num-round", type=int, default=100, help="most rounds of boosting")
    parser.add_argument("--early-stopping-rounds", type=int, default=10, help="rounds without a gain, and it ends")
    parser.add_argument("--max-depth", type=int, default=4, help="of a tree")
    parser.add_argument("--eval-metric", default="error", help="XGBoost's name of the metric for early stopping")
    for option, variable, meaning in (
        ("--train", "SM_CHANNEL_TRAIN", "folder with CSV files, the label first, no header"),
        ("--validation", "SM_CHANNEL_VALIDATION", "the same, for early stopping and metrics"),
        ("--model-dir", "SM_MODEL_DIR", "folder for model.ubj"),
        ("--output-data-dir", "SM_OUTPUT_DATA_DIR", "folder for test.csv and curve.csv (optional)"),
    ):
        default = os.environ.get(variable) or None
        required = default is None and option != "--output-data-dir"
        parser.add_argument(option, type=Path, default=default, required=required, help=f"{meaning}; else ${variable}")
    return parser.parse_args()


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """All rows of a channel and their labels. Leaves with one line that says what is wrong with a file."""
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise SystemExit(f"ValueError: {folder} has no .csv file")
    try:
        table = np.vstack([pd.read_csv(path, header=None, dtype=np.float32).to_numpy() for path in files])
    except ValueError as problem:
        raise SystemExit(f"ValueError: {folder}: not numbers without a header: {problem}".replace("\n", " ")) from None
    if set(np.unique(table[:, 0])) != {0.0, 1.0}:
        raise SystemExit(f"ValueError: {folder}: the first column must be the label, 0 or 1, and both must occur")
    return table[:, 1:], table[:, 0]


def write_report(folder: Path, rows: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> None:
    """Write rows to ask the endpoint for, the label last, and what the model is worth at each threshold."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = [f"column {number}" for number in range(1, rows.shape[1] + 1)]
    pd.DataFrame(rows, columns=columns).assign(y=labels).head(TEST_ROWS).to_csv(folder / "test.csv", index=False)
    false_positive_rate, true_positive_rate, _ = roc_curve(labels, scores)
    curve = {
        "share of the others that are called in vain": false_positive_rate,
        "share of takers that are called": true_positive_rate,
    }
    pd.DataFrame(curve).to_csv(folder / "curve.csv", index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
