"""Charts as SVG text. Colours are CSS classes, so that one drawing works in light and dark mode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from launchpad.report.result import Phase

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Converts numbers to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value, rounded to a tenth."""
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers from just below `low` to just above `high`; around it where both are the same."""
    if high <= low:
        margin = abs(low) / 10 if 0 < abs(low) <= 1 else 1
        low, high = low - margin, high + margin
    raw = (high - low) / about
    magnitude = 10 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def timeline(steps: Sequence[Phase], inner: Sequence[Phase] = (), inside: str = "") -> Markup:
    """A bar per step on one time axis; the step `inside` also shows its phases `inner` below its bar."""
    width, label, row = 1000, 310, 34
    marks = ticks(0, max(step.start + step.seconds for step in steps), about=8)
    x = Scale(0, marks[-1], label, width - 60)
    rows: list[tuple[Phase, str]] = []
    for step in steps:
        rows.append((step, "bar"))
        rows += [(phase, "phase") for phase in inner if step.key == inside]
    height = len(rows) * row + 34
    parts = [
        Markup('<line class="grid" x1="{0}" y1="0" x2="{0}" y2="{1}"/><text class="tick" x="{0}" y="{2}" '
               'text-anchor="middle">{3:g} s</text>').format(x(mark), height - 28, height - 8, mark)
        for mark in marks
    ]  # fmt: skip
    parts += [_row(phase, style, number * row, x) for number, (phase, style) in enumerate(rows)]
    return _svg(width, height, "What took how long", parts)


def _row(phase: Phase, style: str, top: int, x: Scale) -> Markup:
    start, end = x(phase.start), x(phase.start + phase.seconds)
    thick = 18 if style == "bar" else 10
    return Markup(
        '<text class="{style}-label" x="{indent}" y="{text}">{title}</text>'
        '<rect class="{style}" x="{start}" y="{top}" width="{width}" height="{thick}" rx="3">'
        "<title>{title}: {seconds:.1f} s</title></rect>"
        '<text class="seconds" x="{after}" y="{text}">{seconds:.1f} s</text>'
    ).format(
        style=style,
        indent=0 if style == "bar" else 18,
        title=phase.title,
        text=top + 20,
        start=start,
        top=top + 15 - thick / 2,
        width=max(2.0, round(end - start, 1)),
        thick=thick,
        after=max(end, start + 2) + 8,
        seconds=phase.seconds,
    )


def _svg(width: int, height: int, title: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, height, title, Markup("").join(parts)
    )
