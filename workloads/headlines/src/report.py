"""Say how often the words of the vocabulary occur: `python report.py --bags DIR --output DIR`.

The bags are what the processing job wrote, fetched from its output. `launchpad draw` makes a picture of the points.csv
that this writes.
"""

import argparse
import csv
import math
from collections import Counter
from pathlib import Path

SHOWN = 10


def main() -> None:
    """Count, say, write."""
    parser = argparse.ArgumentParser(description="Say how often the words of the vocabulary occur.")
    parser.add_argument("--bags", type=Path, required=True, help="folder with vocabulary.txt and headlines.txt")
    parser.add_argument("--output", type=Path, required=True, help="folder for points.csv")
    options = parser.parse_args()
    words = count(options.bags).most_common()
    print(", ".join(f"{word} {times}" for word, times in words[:SHOWN]))
    points = [(math.log10(rank), math.log10(times)) for rank, (_, times) in enumerate(words, start=1)]
    header = ("rank of the word, powers of ten", "occurrences, powers of ten")
    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "points.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *points])


def count(folder: Path) -> Counter[str]:
    """How often each word of the vocabulary occurs in all headlines."""
    vocabulary = set((folder / "vocabulary.txt").read_text("utf-8").split())
    return Counter(word for word in (folder / "headlines.txt").read_text("utf-8").split() if word in vocabulary)


if __name__ == "__main__":
    main()
