# /// script
# dependencies = ["matplotlib==3.10.*"]
# ///
"""Draw the traffic of `make benchmark-reliability` over time: `.tools/bin/uv run benchmarks/draw_traffic.py`.

Each step gets a picture in docs/pictures, with the requests of each fleet per second, failed ones in red, and what the
endpoint said of itself. matplotlib is not a dependency of this repository: uv installs it for this program only.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]

mpl.use("svg")
import matplotlib.pyplot as plt  # type: ignore[import-not-found,unused-ignore]

ROOT = Path(__file__).resolve().parent.parent
COLOURS = {"v1": "#3b6ea8", "v2": "#e08e2b", "v3": "#5a9a57", "v4": "#8a63a6"}
FAILED = "#c0392b"
Row = Mapping[str, str]


def main() -> None:
    """Read the CSV, and write a picture of each step."""
    parser = argparse.ArgumentParser(description="Draw the traffic of the reliability benchmark.")
    parser.add_argument("--csv", type=Path, default=ROOT / "build" / "reliability.csv", help="what the benchmark wrote")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "pictures", help="folder of the pictures")
    parser.add_argument("--format", default="svg", help="svg or png")
    options = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "launchpad", "font.size": 9})
    with options.csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for step in dict.fromkeys(row["step"] for row in rows if row["step"]):
        path = options.output / f"traffic-{step.replace(' ', '-')}.{options.format}"
        draw(step, rows, path)
        print(path)


def draw(step: str, rows: Sequence[Row], path: Path) -> None:
    """Draw one step: a stacked bar per second, and a line for each event."""
    traffic = [row for row in rows if row["step"] == step]
    # The last second is cut off: it belongs to the next step too.
    seconds = list(range(min(map(second, traffic)), max(map(second, traffic))))
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    below = [0] * len(seconds)
    for fleet in dict.fromkeys(row["fleet"] for row in traffic):
        below = bars(axes, seconds, counts(traffic, seconds, fleet, "requests"), below, COLOURS.get(fleet), fleet)
    failed = [sum(second(row) == at and int(row["errors"]) for row in traffic) for at in seconds]
    if any(failed):
        bars(axes, seconds, failed, [0] * len(seconds), FAILED, "failed")
    axes.set_ylim(0, max(below) * 1.35)
    for number, row in enumerate(row for row in rows if row["event"] and second(row) in seconds):
        axes.axvline(second(row) + 0.5, color="#777777", linewidth=0.8, linestyle=":")
        height, late = axes.get_ylim()[1] * (0.99 - 0.1 * (number % 4)), second(row) > seconds[-1] - len(seconds) / 5
        text = row["event"].removeprefix("the endpoint is ")
        side, at = ("right", second(row) + 0.4) if late else ("left", second(row) + 0.6)
        axes.text(at, height, text, fontsize=7, va="top", ha=side, color="#222222")
    axes.set(title=step, xlabel="second of the run (the clock is 60 times as fast)", ylabel="requests")
    axes.legend(loc="lower left", bbox_to_anchor=(1, 0), fontsize=8, frameon=False)
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
