"""A metric by a hyperparameter: a dot per run, on an axis of numbers, of their powers of ten, or of texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from launchpad.messages.plain_text import shortened
from launchpad.report.charts import Point, Scale, ticks
from launchpad.report.lines import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from launchpad.runs.run import number

WIDE_RANGE = 50
"""Positive values whose highest is so many times the lowest are drawn on a logarithmic axis."""
LONGEST_TEXT = 14
MOST_TEXTS = 8


@dataclass(frozen=True)
class Dot:
    """One run in a chart."""

    name: str
    across: str
    """The hyperparameter's value."""
    up: float
    best: bool = False


@dataclass(frozen=True)
class Axis:
    """Places values from left to right."""

    marks: Sequence[tuple[float, str]]
    """Where each label is, in pixels."""
    position: Callable[[str], float]


def by_hyperparameter(title: str, metric: str, dots: Sequence[Dot]) -> Markup:
    """Draw the metric of each run over the values of one hyperparameter; `dots` must not be empty."""
    up = ticks(min(dot.up for dot in dots), max(dot.up for dot in dots), about=4)
    y = Scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
    axis = axis_of([dot.across for dot in dots])
    parts = [
        *_grid(up, y),
        *_labels(axis),
        *(_dot(dot, axis.position(dot.across), y(dot.up)) for dot in sorted(dots, key=lambda dot: dot.best)),
        Markup('<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, title
        ),
    ]
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{} by {}">{}</svg>').format(
        WIDTH, HEIGHT, metric, title, Markup("").join(parts)
    )


def trials(metric: str, values: Sequence[tuple[str, float]], *, highest: bool, best: str) -> Markup:
    """Draw a tuning's objective by trial, in their order, and the best value so far as a line of steps."""
    so_far: list[Point] = []
    for position, (_, value) in enumerate(values, 1):
        leader = so_far[-1][1] if so_far else value
        so_far.append((float(position), max(leader, value) if highest else min(leader, value)))
    across = ticks(1, max(2, len(values)), about=min(8, max(2, len(values))))
    up = ticks(min(value for _, value in values), max(value for _, value in values), about=4)
    x, y = Scale(min(across[0], 0.5), across[-1] + 0.5, LEFT, WIDTH - RIGHT), Scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
    marks = [(x(mark), f"{mark:g}") for mark in across if mark >= 1 and mark == int(mark)]
    parts = [
        *_grid(up, y),
        *_labels(Axis(marks, lambda text: x(float(text)))),
        Markup('<polyline class="line so-far" points="{}"><title>best so far</title></polyline>').format(
            _steps([(x(position), y(value)) for position, value in so_far])
        ),
        *(_dot(Dot(name, str(position), value, name == best), x(position), y(value))
          for position, (name, value) in enumerate(values, 1)),
        Markup('<text class="axis" x="{}" y="{}" text-anchor="middle">trial</text>').format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6
        ),
    ]  # fmt: skip
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{} by trial">{}</svg>').format(
        WIDTH, HEIGHT, metric, Markup("").join(parts)
    )


def axis_of(texts: Sequence[str]) -> Axis:
    """The axis for these values: numbers where all are, powers of ten where they span a wide range, else texts."""
    numbers = [number(text) for text in texts]
    values = [value for value in numbers if value is not None and math.isfinite(value)]
    if len(values) < len(texts):
        return _categories(texts)
    if min(values) > 0 and max(values) / min(values) >= WIDE_RANGE:
        return _powers(values)
    marks = ticks(min(values), max(values), about=5)
    scale = Scale(marks[0], marks[-1], LEFT, WIDTH - RIGHT)
    return Axis([(scale(mark), f"{mark:g}") for mark in marks], lambda text: scale(float(text)))


def _powers(values: Sequence[float]) -> Axis:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    scale = Scale(low, high, LEFT, WIDTH - RIGHT)
    step = max(1, math.ceil((high - low) / 6))
    marks = [(scale(power), f"{10.0**power:g}") for power in range(low, high + 1, step)]
    return Axis(marks, lambda text: scale(math.log10(float(text))))


def _categories(texts: Sequence[str]) -> Axis:
    names = sorted(set(texts))
    width = (WIDTH - RIGHT - LEFT) / len(names)
    positions = {name: round(LEFT + width * (order + 0.5), 1) for order, name in enumerate(names)}
    step = math.ceil(len(names) / MOST_TEXTS)
    marks = [(positions[name], shortened(name, LONGEST_TEXT) or "none") for name in names[::step]]
    return Axis(marks, positions.__getitem__)


def _grid(up: Sequence[float], y: Scale) -> Iterator[Markup]:
    for mark in up:
        yield Markup('<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            LEFT, y(mark), WIDTH - RIGHT, y(mark)
        )
        yield Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{:g}</text>').format(
            LEFT - 8, y(mark) + 4, mark
        )


def _labels(axis: Axis) -> Iterator[Markup]:
    for at, text in axis.marks:
        yield Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            at, HEIGHT - BOTTOM + 18, text
        )


def _dot(dot: Dot, x: float, y: float) -> Markup:
    return Markup('<circle class="dot{}" cx="{}" cy="{}" r="{}"><title>{}: {} → {:.5g}</title></circle>').format(
        " best" if dot.best else "", x, y, 7 if dot.best else 5, dot.name, dot.across, dot.up
    )


def _steps(points: Sequence[Point]) -> str:
    """A line that goes right, then up or down: a value holds until the next one is better."""
    pixels = [points[0]]
    for (_, before), (x, y) in pairwise(points):
        pixels += [(x, before), (x, y)]
    return " ".join(f"{x:g},{y:g}" for x, y in pixels)
