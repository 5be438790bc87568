"""Write the training channel: `python data.py --output DIR` makes DIR/training/rows.csv.

Replace `load` with where your own rows come from; keep one folder per channel of workload.yaml.
"""

import argparse
import csv
from pathlib import Path

from sklearn.datasets import load_wine

TARGET = "kind"


def main() -> None:
    """Write every row, the target in the last column."""
    parser = argparse.ArgumentParser(description="Prepare the data.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    path = parser.parse_args().output / "training" / "rows.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    header, rows = load()
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    print(f"{path}: {len(rows)} rows, {len(header)} columns")


def load() -> tuple[list[str], list[list[float]]]:
    """Return the columns' names and the rows."""
    wine = load_wine()
    rows = [[*features, int(kind)] for features, kind in zip(wine.data.tolist(), wine.target, strict=True)]
    return [*wine.feature_names, TARGET], rows


if __name__ == "__main__":
    main()
