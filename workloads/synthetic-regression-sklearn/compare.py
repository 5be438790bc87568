"""Draw the prediction lines of several models over the same points, side by side, in one picture:

python compare.py --data all_data.csv --output report.svg scikit-learn=a.csv TensorFlow=b.json PyTorch=c.csv

Each argument is a title and a file with what an endpoint answered for x from -5000 to 5000 by 10 (`--questions FILE`
writes these): numbers, in whatever brackets.
"""

import argparse
import csv
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))
from picture import Series, draw_side_by_side

LINE = range(-5000, 5000, 10)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def main() -> None:
    """Write the questions, or the picture."""
    parser = argparse.ArgumentParser(description="Compare prediction lines.")
    parser.add_argument("--questions", type=Path, help="file that gets x, one per line")
    parser.add_argument("--data", type=Path, help="CSV file with y and x, no header")
    parser.add_argument("--output", type=Path, help="file for the picture")
    parser.add_argument("answers", nargs="*", metavar="TITLE=FILE")
    options = parser.parse_args()
    if options.questions:
        options.questions.write_text("".join(f"{x}\n" for x in LINE), "utf-8")
        return
    with options.data.open(encoding="utf-8") as file:
        points = [(float(x), float(y)) for y, x in csv.reader(file)]
    draw_side_by_side(options.output, [panel(*answer.split("=", 1), points) for answer in options.answers])


def panel(title: str, path: str, points: list[tuple[float, float]]) -> tuple[str, tuple[str, str], list[Series]]:
    """One model's diagram. Leaves with one line if its answers are not one number for each question."""
    found = [float(number) for number in NUMBER.findall(Path(path).read_text("utf-8"))]
    if len(found) != len(LINE):
        raise SystemExit(f"{path}: expected {len(LINE)} numbers, found {len(found)}")
    line = list(zip(map(float, LINE), found, strict=True))
    return title, ("x", "y"), [Series("data", points, "#1f77b4"), Series("prediction", line, "#d62728", line=True)]


if __name__ == "__main__":
    main()
