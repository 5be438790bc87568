"""Draw points and lines as an SVG picture, with the standard library alone: no image has to bring a plotting library.

The same file lies in each workload that draws, because a workload's folder is complete in itself; a test compares them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 420, 64, 48, 36, 14
PAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">'
    '<rect width="{width}" height="{height}" fill="white"/>\n{content}\n</svg>\n'
)


@dataclass(frozen=True)
class Series:
    """Points of one kind: dots, or joined by a line."""

    name: str
    points: Sequence[tuple[float, float]]
    color: str
    line: bool = False


def draw(path: Path, title: str, axes: tuple[str, str], series: Sequence[Series]) -> None:
    """Write the picture of all series on one pair of axes; the folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = panel(title, axes, series)
    path.write_text(PAGE.format(width=WIDTH, height=HEIGHT, content=content), "utf-8")


def draw_side_by_side(path: Path, panels: Sequence[tuple[str, tuple[str, str], Sequence[Series]]]) -> None:
    """Write one picture with a panel for each (title, axes, series)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    moved = [
        f'<g transform="translate({number * WIDTH} 0)">\n{panel(*each)}\n</g>' for number, each in enumerate(panels)
    ]
    path.write_text(PAGE.format(width=WIDTH * len(panels), height=HEIGHT, content="\n".join(moved)), "utf-8")


def panel(title: str, axes: tuple[str, str], series: Sequence[Series]) -> str:
    """The SVG of one diagram."""
    points = [point for each in series for point in each.points]
    x = Scale([point[0] for point in points], LEFT, WIDTH - RIGHT)
    y = Scale([point[1] for point in points], HEIGHT - BOTTOM, TOP)
    middle, center = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    parts = [
        f'<text x="{middle}" y="20" text-anchor="middle" font-size="15">{escape(title)}</text>',
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(axes[0])}</text>',
        f'<text transform="translate(14 {center}) rotate(-90)" text-anchor="middle">{escape(axes[1])}</text>',
        *(tick(x(mark), HEIGHT - BOTTOM, x(mark), TOP, f"{mark:g}", (0, 18), "middle") for mark in x.marks),
        *(tick(LEFT, y(mark), WIDTH - RIGHT, y(mark), f"{mark:g}", (-6, 4), "end") for mark in y.marks),
    ]
    for number, each in enumerate(series):
        parts += [shape(each, x, y), legend(each, number)]
    return "\n".join(parts)


class Scale:
    """Numbers to pixels, with about six round marks."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = min(values), max(values)
        span = (high - low) or 1.0
        power = 10.0 ** math.floor(math.log10(span / 6))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span / 6 * 0.999)
        first, last = math.floor(low / step), math.ceil(high / step)
        self.marks = [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        low, high = self.marks[0], self.marks[-1]
        return round(self.start + (value - low) / (high - low) * (self.end - self.start), 1)


def tick(x1: float, y1: float, x2: float, y2: float, text: str, offset: tuple[int, int], anchor: str) -> str:
    """A line of the grid with its number."""
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#ddd"/>'
        f'<text x="{x1 + offset[0]}" y="{y1 + offset[1]}" text-anchor="{anchor}" fill="#555">{text}</text>'
    )


def shape(series: Series, x: Scale, y: Scale) -> str:
    """A series' dots, or its line."""
    points = [(x(a), y(b)) for a, b in series.points]
    if series.line:
        joined = " ".join(f"{a},{b}" for a, b in points)
        return f'<polyline points="{joined}" fill="none" stroke="{series.color}" stroke-width="2"/>'
    # lines of no length with round ends: a short way to write dots
    dots = "".join(f"M{a:g} {b:g}h0" for a, b in points)
    return f'<path d="{dots}" stroke="{series.color}" stroke-opacity="0.6" stroke-width="5" stroke-linecap="round"/>'


def legend(series: Series, number: int) -> str:
    """A series' name in its colour."""
    x, y = WIDTH - RIGHT - 8, HEIGHT - BOTTOM - 10 - 17 * number
    return f'<text x="{x}" y="{y}" text-anchor="end" fill="{series.color}">{escape(series.name)}</text>'
