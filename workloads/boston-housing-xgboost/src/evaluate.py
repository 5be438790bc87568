"""Judge the model on the test set: `metrics.json` for the quality gate, and the predictions with the true values.

On SageMaker the folders are those of a processing job; in a shell they are options:
    python evaluate.py --model DIR --test DIR --metrics DIR --report DIR
"""

import argparse
import csv
import json
import tarfile
from pathlib import Path

import numpy as np
import xgboost

FOLDER = Path("/opt/ml/processing")
MODEL, ARCHIVE = "xgboost-model", "model.tar.gz"


def main() -> None:
    """Load, predict, compare."""
    options = parse_options()
    table = np.vstack([np.loadtxt(path, delimiter=",", ndmin=2) for path in sorted(options.test.glob("*.csv"))])
    truth, predicted = table[:, 0], load_model(options.model).predict(xgboost.DMatrix(table[:, 1:]))
    metrics = {"rmse": rmse(truth, predicted), "r2": 1 - rmse(truth, predicted) ** 2 / float(np.var(truth))}
    print(f"{options.test}: {len(truth)} rows, RMSE {metrics['rmse']:.3f}, R2 {metrics['r2']:.3f}")
    options.metrics.mkdir(parents=True, exist_ok=True)
    (options.metrics / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    write_report(options.report, truth, predicted)


def parse_options() -> argparse.Namespace:
    """Read the folders."""
    parser = argparse.ArgumentParser(description="Judge an XGBoost model on a test set.")
    for option, default, meaning in (
        ("--model", "input/model", f"folder with {ARCHIVE} or {MODEL}"),
        ("--test", "input/test", "folder with CSV files, the label first"),
        ("--metrics", "output/metrics", "folder for metrics.json"),
        ("--report", "output/report", "folder for predictions.csv"),
    ):
        parser.add_argument(option, type=Path, default=FOLDER / default, help=meaning)
    return parser.parse_args()


def load_model(folder: Path) -> xgboost.Booster:
    """Load the algorithm's model, packed or not."""
    booster = xgboost.Booster()
    if (folder / ARCHIVE).is_file():
        with tarfile.open(folder / ARCHIVE) as archive:
            booster.load_model(bytearray(archive.extractfile(MODEL).read()))
    else:
        booster.load_model(folder / MODEL)
    return booster


def rmse(truth: np.ndarray, predicted: np.ndarray) -> float:
    """The root mean squared error, in the label's unit."""
    return float(np.sqrt(np.mean((truth - predicted) ** 2)))


def write_report(folder: Path, truth: np.ndarray, predicted: np.ndarray) -> None:
    """Write the pairs; `launchpad draw` makes a picture of them."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = [(float(a), float(b)) for a, b in zip(truth, predicted, strict=True)]
    with (folder / "predictions.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("actual", "predicted"), *pairs])


if __name__ == "__main__":
    main()
