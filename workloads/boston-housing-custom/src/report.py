"""Draw what was predicted against what is true: `python report.py --predictions FILE --output FILE.svg`.

FILE is predictions.csv from the output.tar.gz of a training job: the true and the predicted value of each test row.
"""

import argparse
import csv
from pathlib import Path

from picture import Series, draw


def main() -> None:
    """Read, draw."""
    parser = argparse.ArgumentParser(description="Draw predicted against true values.")
    parser.add_argument("--predictions", type=Path, required=True, help="table with the columns actual and predicted")
    parser.add_argument("--output", type=Path, required=True, help="the picture, an .svg file")
    options = parser.parse_args()
    with options.predictions.open(newline="", encoding="utf-8") as file:
        pairs = [(float(row["actual"]), float(row["predicted"])) for row in csv.DictReader(file)]
    truths = [truth for truth, _ in pairs]
    dots = Series("homes of the test set", pairs, "#1f77b4")
    perfect = Series("no error", [(value, value) for value in (min(truths), max(truths))], "#999", line=True)
    axes = ("true median value, $1000", "predicted")
    draw(options.output, "Boston housing, in an image of our own", axes, [perfect, dots])


if __name__ == "__main__":
    main()
