"""A line chart of values over time or steps: one line per host, metric or run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from launchpad.report.charts import Point, Scale, ticks
from launchpad.report.thinning import finite, thinned

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 240, 64, 14, 14, 44
COLOURS = 5
"""The number of colours in the style sheet. Where more lines are drawn, the others are grey."""
BUCKETS = (WIDTH - LEFT - RIGHT) // 2
"""The columns in which a long series is thinned out: two units wide, as a line is."""
MOST_DOTS = 60
"""The most values of a line that get a dot each, with the value as its title."""


@dataclass(frozen=True)
class TimeAxis:
    """The time until a page was made, in a unit that fits how far the page looks back."""

    end: float
    seconds: float
    label: str

    @classmethod
    def until(cls, end: float, start: float) -> TimeAxis:
        """The axis from the earliest value to the moment of the page, in seconds since 1970."""
        seconds, unit = next(((size, unit) for size, unit in UNITS if end - start >= 2 * size), UNITS[-1])
        return cls(end, seconds, f"{unit} until now")

    def __call__(self, at: float) -> float:
        """A moment as a place on the axis; 0 is now."""
        return (at - self.end) / self.seconds


def lines(
    title: str,
    series: Mapping[str, Sequence[Point]],
    x_label: str,
    unit: str = "",
    included: Sequence[Point] = (),
    colours: int = COLOURS,
) -> Markup:
    """Draw each series as a line, with a dot for each value of a short one; one series must not be empty.

    The axes span all values that are drawn, and the points in `included`, which are not drawn. Lines after the first
    `colours` are grey, and below the others. A value that is no number is left out.
    """
    drawn = {name: thinned(finite(samples), BUCKETS) for name, samples in series.items()}
    points = [*included, *(point for samples in drawn.values() for point in samples)] or [(0.0, 0.0)]
    across = ticks(min(x for x, _ in points), max(x for x, _ in points))
    up = ticks(min(y for _, y in points), max(y for _, y in points), about=4)
    x, y = Scale(across[0], across[-1], LEFT, WIDTH - RIGHT), Scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
    numbered = reversed(list(enumerate(drawn.items())))  # the first one is on top
    parts = [
        *_axes(across, up, x, y, unit),
        *(part for number, (name, samples) in numbered for part in _line(style(number, colours), name, samples, x, y)),
        Markup('<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label
        ),
    ]
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join(parts)
    )


UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))
"""The units of a time axis, in seconds."""


def style(number: int, colours: int = COLOURS) -> str:
    """The class of the line with this number."""
    return f"c{number}" if number < min(colours, COLOURS) else "rest"


def legend(names: Sequence[str]) -> Markup:
    """The lines' names in their colours; empty for a single line. Grey ones are counted."""
    if len(names) < 2:
        return Markup("")
    item = Markup('<span class="key"><i class="swatch {}"></i>{}</span>')
    keys = [(style(number), name) for number, name in enumerate(names[:COLOURS])]
    if others := len(names) - COLOURS if len(names) > COLOURS else 0:
        keys.append(("rest", f"{others} more"))
    return Markup('<p class="legend">{}</p>').format(Markup("").join(item.format(*key) for key in keys))


def _axes(across: Sequence[float], up: Sequence[float], x: Scale, y: Scale, unit: str) -> Iterator[Markup]:
    grid = Markup('<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>')
    tick = Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{:g}{}</text>')
    for mark in across:
        yield tick.format(x(mark), HEIGHT - BOTTOM + 18, "middle", mark, "")
    for mark in up:
        yield grid.format(LEFT, y(mark), WIDTH - RIGHT, y(mark))
        yield tick.format(LEFT - 8, y(mark) + 4, "end", mark, unit)


def _line(colour: str, name: str, points: Sequence[Point], x: Scale, y: Scale) -> Iterator[Markup]:
    path = " ".join(f"{x(at):g},{y(value):g}" for at, value in points)
    yield Markup('<polyline class="line {}" points="{}"><title>{}</title></polyline>').format(colour, path, name)
    dot = Markup('<circle class="point {}" cx="{}" cy="{}" r="3"><title>{}: {:.5g} at {:.5g}</title></circle>')
    for at, value in points if len(points) <= MOST_DOTS else ():
        yield dot.format(colour, x(at), y(value), name, value, at)
