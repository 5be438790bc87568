"""Judge the filter on the messages that it has not seen: `metrics.json` for the quality gate, and a curve.

On SageMaker the folders are those of a processing job; in a shell they are options:
    python evaluate.py --model DIR --test DIR --metrics DIR --report DIR
"""

import argparse
import json
import tarfile
from pathlib import Path

import numpy as np
import xgboost
from scipy.sparse import csr_matrix
from sklearn.datasets import load_svmlight_file
from sklearn.metrics import accuracy_score, roc_curve

FOLDER = Path("/opt/ml/processing")
MODEL, ARCHIVE = "xgboost-model", "model.tar.gz"
THRESHOLD = 0.5


def main() -> None:
    """Load, predict, compare."""
    options = parse_options()
    booster = load_model(options.model)
    rows, labels = read(options.test, booster.num_features())
    scores = booster.predict(xgboost.DMatrix(rows))
    accuracy = float(accuracy_score(labels, scores > THRESHOLD))
    print(f"{options.test}: {len(labels)} messages, accuracy {accuracy:.4f}")
    options.metrics.mkdir(parents=True, exist_ok=True)
    (options.metrics / "metrics.json").write_text(json.dumps({"accuracy": accuracy}), "utf-8")
    false_positive_rate, true_positive_rate, _ = roc_curve(labels, scores)
    options.report.mkdir(parents=True, exist_ok=True)
    header = "share of ham that is lost,share of spam that is caught"
    curve = np.column_stack([false_positive_rate, true_positive_rate])
    np.savetxt(options.report / "curve.csv", curve, "%.6g", delimiter=",", header=header, comments="")


def parse_options() -> argparse.Namespace:
    """Read the folders."""
    parser = argparse.ArgumentParser(description="Judge the spam filter.")
    for option, default, meaning in (
        ("--model", "input/model", f"folder with {ARCHIVE} or {MODEL}"),
        ("--test", "input/test", "folder with LIBSVM files"),
        ("--metrics", "output/metrics", "folder for metrics.json"),
        ("--report", "output/report", "folder for curve.csv"),
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


def read(folder: Path, columns: int) -> tuple[csr_matrix, np.ndarray]:
    """All rows of a folder with their labels, as wide as the model; words of the last buckets may occur nowhere."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] not in "._"]
    (path,) = files
    return load_svmlight_file(str(path), n_features=columns, zero_based=True)


if __name__ == "__main__":
    main()
