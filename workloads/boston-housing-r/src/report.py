"""Put predictions next to the true values: `python report.py --data DIR --predictions FILE --output DIR`.

The data are what data.py wrote; FILE holds a prediction per row of it, as the transform job writes them. `launchpad
draw` makes a picture of the predictions.csv that this writes.
"""

import argparse
import csv
from pathlib import Path

TARGET = "medv"


def main() -> None:
    """Read, compare, write."""
    parser = argparse.ArgumentParser(description="Put predictions next to the true values.")
    parser.add_argument("--data", type=Path, required=True, help="folder with training/housing.csv")
    parser.add_argument("--predictions", type=Path, required=True, help="a number per line, one for each row")
    parser.add_argument("--output", type=Path, required=True, help="folder for predictions.csv")
    options = parser.parse_args()
    with (options.data / "training" / "housing.csv").open(newline="", encoding="utf-8") as file:
        truths = [float(row[TARGET]) for row in csv.DictReader(file)]
    predictions = [float(line) for line in options.predictions.read_text("utf-8").split()]
    if len(truths) != len(predictions):
        raise SystemExit(f"{options.predictions}: expected {len(truths)} predictions, found {len(predictions)}")
    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "predictions.csv").open("w", newline="", encoding="utf-8") as file:
        pairs = zip(truths, predictions, strict=True)
        csv.writer(file, lineterminator="\n").writerows([("actual", "predicted"), *pairs])


if __name__ == "__main__":
    main()
