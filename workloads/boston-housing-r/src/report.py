"""Draw what was predicted against what is true: `python report.py --data DIR --predictions FILE --output FILE.svg`.

DIR is what data.py wrote; FILE holds a prediction per row of it, as the transform job writes them.
"""

import argparse
import csv
from pathlib import Path

from picture import Series, draw

TARGET = "medv"


def main() -> None:
    """Read, compare, draw."""
    parser = argparse.ArgumentParser(description="Draw predicted against true values.")
    parser.add_argument("--data", type=Path, required=True, help="folder with training/housing.csv")
    parser.add_argument("--predictions", type=Path, required=True, help="a number per line, one for each row")
    parser.add_argument("--output", type=Path, required=True, help="the picture, an .svg file")
    options = parser.parse_args()
    with (options.data / "training" / "housing.csv").open(newline="", encoding="utf-8") as file:
        truths = [float(row[TARGET]) for row in csv.DictReader(file)]
    predictions = [float(line) for line in options.predictions.read_text("utf-8").split()]
    if len(truths) != len(predictions):
        raise SystemExit(f"{options.predictions}: expected {len(truths)} predictions, found {len(predictions)}")
    dots = Series("homes", list(zip(truths, predictions, strict=True)), "#1f77b4")
    perfect = Series("no error", [(value, value) for value in (min(truths), max(truths))], "#999", line=True)
    axes = ("true median value, $1000", "predicted")
    draw(options.output, "Boston housing, linear regression in R", axes, [perfect, dots])


if __name__ == "__main__":
    main()
