# /// script
# dependencies = ["matplotlib==3.10.*"]
# ///
"""Draw the traffic of `make benchmark-reliability` over time: `.tools/bin/uv run benchmarks/draw_traffic.py`.

With `--csv build/modes.csv` that of `make benchmark-modes`.

Each step gets a picture in docs/pictures, with the requests of each fleet per second, failed ones in red, and what the
endpoint said of itself. matplotlib is not a dependency of this repository: uv installs it for this program only.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]

mpl.use("svg")
import matplotlib.pyplot as plt  # type: ignore[import-not-found,unused-ignore]

ROOT = Path(__file__).resolve().parent.parent
COLOURS = {"v1": "#3b6ea8", "v2": "#e08e2b", "v3": "#5a9a57", "v4": "#8a63a6", "v5": "#3b6ea8", "v6": "#e08e2b"}
OTHERS = ("#3b6ea8", "#e08e2b", "#5a9a57", "#8a63a6", "#7f7f7f", "#c9a227", "#17808c", "#b5651d")
"""Colours of fleets with other names, in the order in which they respond."""
FAILED = "#c0392b"
Row = Mapping[str, str]


def main() -> None:
    """Read the CSV, and write a picture of each step."""
    parser = argparse.ArgumentParser(description="Draw the traffic of the reliability benchmark.")
    parser.add_argument("--csv", type=Path, default=ROOT / "build" / "reliability.csv", help="what the benchmark wrote")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "pictures", help="folder of the pictures")
    parser.add_argument("--format", default="svg", help="svg or png")
    parser.add_argument("--steps", help="some of the steps; by default all")
    options = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "launchpad", "font.size": 9})
    with options.csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    steps = options.steps.split(",") if options.steps else [row["step"] for row in rows if row["step"]]
    for step in dict.fromkeys(steps):
        path = options.output / f"traffic-{step.replace(' ', '-')}.{options.format}"
        draw(step, rows, path)
        print(path)


def draw(step: str, rows: Sequence[Row], path: Path) -> None:
    """Draw one step: a stacked bar per second, and a line for each event."""
    own = [row for row in rows if row["step"] == step]
    traffic = [row for row in own if not row["event"]]
    # The last second is cut off: it belongs to the next step too.
    seconds = list(range(min(map(second, own)), max(map(second, own))))
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    below = [0] * len(seconds)
    fleets = [fleet for fleet in dict.fromkeys(row["fleet"] for row in traffic) if fleet]
    for colour, fleet in zip(itertools.cycle(OTHERS), fleets, strict=False):
        answers = counts(traffic, seconds, fleet, "requests")
        below = bars(axes, seconds, answers, below, COLOURS.get(fleet, colour), fleet)
    failed = [sum(second(row) == at and int(row["errors"]) for row in traffic) for at in seconds]
    if any(failed):
        below = bars(axes, seconds, failed, below, FAILED, "failed")
    axes.set_ylim(0, max(below) * 1.35)
    for number, row in enumerate(row for row in own if row["event"]):
        axes.axvline(second(row) + 0.5, color="#777777", linewidth=0.8, linestyle=":")
        height, late = axes.get_ylim()[1] * (0.99 - 0.1 * (number % 4)), second(row) > seconds[-1] - len(seconds) / 5
        text = row["event"].removeprefix("the endpoint is ")
        side, at = ("right", second(row) + 0.4) if late else ("left", second(row) + 0.6)
        axes.text(at, height, text, fontsize=7, va="top", ha=side, color="#222222")
    axes.set(title=step, xlabel="second of the run (the clock is 60 times as fast)", ylabel="requests")
    axes.legend(loc="lower left", bbox_to_anchor=(1, 0), fontsize=8, frameon=False)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def bars(
    axes: plt.Axes, seconds: Sequence[int], values: Sequence[int], below: Sequence[int], colour: str | None, name: str
) -> list[int]:
    """Add a series of bars on what is below; return the new tops."""
    axes.bar([at + 0.5 for at in seconds], values, 0.96, bottom=below, color=colour, label=name)
    return [value + base for value, base in zip(values, below, strict=True)]


def counts(rows: Sequence[Row], seconds: Sequence[int], fleet: str, column: str) -> list[int]:
    """The sum of a column for each second of a fleet."""
    return [sum(int(row[column]) for row in rows if second(row) == at and row["fleet"] == fleet) for at in seconds]


def second(row: Row) -> int:
    """The second of the run."""
    return int(row["second"])


if __name__ == "__main__":
    main()
