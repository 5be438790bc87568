"""A line chart of values over time or steps: one line per host or metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from launchpad.report.charts import Point, Scale, ticks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 240, 64, 14, 14, 44
COLOURS = 5
"""The number of colours in the style sheet; a sixth line reuses the first."""


def lines(
    title: str, series: Mapping[str, Sequence[Point]], x_label: str, unit: str = "", included: Sequence[Point] = ()
) -> Markup:
    """Draw each series as a line with a dot for each value; `series` must not be empty.

    The axes span all values that are drawn, and the points in `included`, which are not drawn.
    """
    points = [*included, *(point for samples in series.values() for point in samples)]
    across = ticks(min(x for x, _ in points), max(x for x, _ in points))
    up = ticks(min(y for _, y in points), max(y for _, y in points), about=4)
    x, y = Scale(across[0], across[-1], LEFT, WIDTH - RIGHT), Scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
    parts = [
        *_axes(across, up, x, y, unit),
        *(part for number, (name, samples) in enumerate(series.items()) for part in _line(number, name, samples, x, y)),
        Markup('<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label
        ),
    ]
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join(parts)
    )


def legend(names: Sequence[str]) -> Markup:
    """The lines' names in their colours; empty for a single line."""
    if len(names) < 2:
        return Markup("")
    item = Markup('<span class="key"><i class="swatch c{}"></i>{}</span>')
    return Markup('<p class="legend">{}</p>').format(
        Markup("").join(item.format(number % COLOURS, name) for number, name in enumerate(names))
    )


def _axes(across: Sequence[float], up: Sequence[float], x: Scale, y: Scale, unit: str) -> Iterator[Markup]:
    grid = Markup('<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>')
    tick = Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{:g}{}</text>')
    for mark in across:
        yield tick.format(x(mark), HEIGHT - BOTTOM + 18, "middle", mark, "")
    for mark in up:
        yield grid.format(LEFT, y(mark), WIDTH - RIGHT, y(mark))
        yield tick.format(LEFT - 8, y(mark) + 4, "end", mark, unit)


def _line(number: int, name: str, points: Sequence[Point], x: Scale, y: Scale) -> Iterator[Markup]:
    path = " ".join(f"{x(at)},{y(value)}" for at, value in points)
    yield Markup('<polyline class="line c{}" points="{}"/>').format(number % COLOURS, path)
    dot = Markup('<circle class="point c{}" cx="{}" cy="{}" r="3"><title>{}: {:.5g} at {:.5g}</title></circle>')
    for at, value in points:
        yield dot.format(number % COLOURS, x(at), y(value), name, value, at)
