"""Write the channels: `python data.py --output DIR` makes DIR/training/rows.csv and DIR/test/rows.csv.

With a `prepare` section in workload.yaml it writes DIR/raw/rows.csv instead, from which that job makes the channels.
Replace `load` with where your own texts come from; keep one folder per channel or input of workload.yaml.
"""

import argparse
import csv
from itertools import product
from pathlib import Path

HEADER = ["text", "target"]
TEST_EVERY = 4
"""One row of so many is kept from training."""
SUBJECTS = ("the film", "this book", "our room", "the meal", "that phone", "her song", "the seat", "their service")
PRAISE = ("wonderful", "a delight", "worth every cent", "better than hoped", "simply great")
BLAME = ("dreadful", "a waste of time", "worse than feared", "broken and dull", "simply bad")
FRAMES = ("{} was {}", "honestly , {} was {}", "i told my friends that {} was {}")


def main() -> None:
    """Write every row, the target in the last column."""
    parser = argparse.ArgumentParser(description="Prepare the data.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    output = parser.parse_args().output
    rows = load()
    if has_prepare():
        write(output / "raw", rows)
        return
    write(output / "training", [row for number, row in enumerate(rows) if number % TEST_EVERY])
    write(output / "test", rows[::TEST_EVERY])


def load() -> list[tuple[str, int]]:
    """Return texts, and 1 for positive or 0 for negative ones."""
    pairs = [(words, label) for label, group in ((1, PRAISE), (0, BLAME)) for words in group]
    return [
        (frame.format(subject, words), label) for frame, subject, (words, label) in product(FRAMES, SUBJECTS, pairs)
    ]


def has_prepare() -> bool:
    """Whether workload.yaml has a `prepare` section."""
    lines = Path(__file__).with_name("workload.yaml").read_text("utf-8").splitlines()
    return any(line.startswith("prepare:") for line in lines)


def write(folder: Path, rows: list[tuple[str, int]]) -> None:
    """Write one channel's file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
    print(f"{path}: {len(rows)} rows, {len(HEADER)} columns")


if __name__ == "__main__":
    main()
