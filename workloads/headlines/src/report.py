"""Draw how often the words of the vocabulary occur: `python report.py --bags DIR --output FILE.svg`.

DIR is what the processing job wrote, fetched from its output. It says the most frequent words, too.
"""

import argparse
import math
from collections import Counter
from pathlib import Path

from picture import Series, draw

SHOWN = 10


def main() -> None:
    """Count, say, draw."""
    parser = argparse.ArgumentParser(description="Draw how often the words of the vocabulary occur.")
    parser.add_argument("--bags", type=Path, required=True, help="folder with vocabulary.txt and headlines.txt")
    parser.add_argument("--output", type=Path, required=True, help="the picture, an .svg file")
    options = parser.parse_args()
    words = count(options.bags).most_common()
    print(", ".join(f"{word} {times}" for word, times in words[:SHOWN]))
    points = [(math.log10(rank), math.log10(times)) for rank, (_, times) in enumerate(words, start=1)]
    axes = ("rank of the word, powers of ten", "occurrences, powers of ten")
    draw(options.output, f"The {len(words)} words of the vocabulary", axes, [Series("words", points, "#1f77b4")])


def count(folder: Path) -> Counter[str]:
    """How often each word of the vocabulary occurs in all headlines."""
    vocabulary = set((folder / "vocabulary.txt").read_text("utf-8").split())
    return Counter(word for word in (folder / "headlines.txt").read_text("utf-8").split() if word in vocabulary)


if __name__ == "__main__":
    main()
