"""Learn which characters follow each other in lines of news, as a SageMaker script and as a plain one.

On SageMaker the paths come from SM_* variables; in a shell they are options:
    python train.py --headlines DIR --model-dir DIR
"""

import argparse
import csv
import os
from pathlib import Path

from characters import Characters

PATHS = {
    "--headlines": ("SM_CHANNEL_HEADLINES", "folder with headlines.csv"),
    "--model-dir": ("SM_MODEL_DIR", "folder for characters.json"),
    "--output-data-dir": ("SM_OUTPUT_DATA_DIR", "folder for line.csv (optional)"),
}
KEPT_ASIDE = 10
"""One line of so many is not learned from, but judged by."""


def main() -> None:
    """Count, judge, save; and say how much each character of context helps."""
    options = parse_options()
    lines = read_lines(options.headlines / "headlines.csv")
    training = [line for number, line in enumerate(lines) if number % KEPT_ASIDE]
    test = lines[::KEPT_ASIDE]
    model = Characters.learn(training, options.order)
    model.save(options.model_dir / "characters.json")
    print(f"{len(model.counts)} contexts of up to {options.order} characters from {len(training)} lines")
    print(f"Bits per character: {model.bits(test):.3f}")
    if options.output_data_dir:
        write_line(options.output_data_dir / "line.csv", model, test)


def parse_options() -> argparse.Namespace:
    """Options from the command line, with SageMaker's variables as defaults."""
    parser = argparse.ArgumentParser(description="Learn which characters follow each other.")
    for name, (variable, words) in PATHS.items():
        required = variable not in os.environ and name != "--output-data-dir"
        parser.add_argument(name, type=Path, default=os.environ.get(variable), required=required, help=words)
    parser.add_argument("--order", type=int, default=5, help="how many characters before the next one count")
    return parser.parse_args()


def read_lines(path: Path) -> list[str]:
    """The lines of text, without those that are empty."""
    with path.open(newline="", encoding="utf-8") as file:
        return [line for row in csv.DictReader(file) if (line := row["headline_text"].strip())]


def write_line(path: Path, model: Characters, test: list[str]) -> None:
    """A table of the bits per character by the length of the context."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shorter = [Characters(order, model.counts) for order in range(model.order + 1)]
    rows = [f"{part.order},{part.bits(test):.3f}" for part in shorter]
    path.write_text("\n".join(["characters before,bits per character", *rows]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
