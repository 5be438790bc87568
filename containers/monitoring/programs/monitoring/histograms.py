"""Small charts of a column in the baseline and in the window, as SVG text with the page's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from monitoring.drift import Sides

WIDTH, HEIGHT, BOTTOM = 320, 150, 20
BINS = 16
MOST_CATEGORIES = 6
LONGEST_LABEL = 9
EDGES = (0.005, 0.995)
"""The quantiles that a numeric chart spans; the first and last bars hold what is beyond."""


@dataclass(frozen=True)
class Bars:
    """Shares of both sides, bar by bar, and the text below each (empty for none)."""

    before: Sequence[float]
    now: Sequence[float]
    labels: Sequence[str]


def histogram(column: Sides) -> Markup:
    """A pair of bars for each bin or category."""
    bars = _numeric(column) if column.kind == "numeric" else _categories(column)
    top = max([*bars.before, *bars.now, 1e-9])
    slot = WIDTH / len(bars.labels)
    parts = [Markup('<line x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(HEIGHT - BOTTOM, WIDTH)]
    for number, (before, now, label) in enumerate(zip(bars.before, bars.now, bars.labels, strict=True)):
        left = number * slot
        parts += [
            _bar("before", left + slot * 0.06, slot * 0.42, before, top),
            _bar("now", left + slot * 0.52, slot * 0.42, now, top),
            Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(left + slot / 2, HEIGHT - 5, label),
        ]
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{} in the baseline and in the window">{}</svg>'
    ).format(WIDTH, HEIGHT, column.name, Markup("").join(parts))


def _bar(side: str, left: float, width: float, share: float, top: float) -> Markup:
    height = share / top * (HEIGHT - BOTTOM - 6)
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5"><title>{:.1%}</title></rect>'
    ).format(side, left, HEIGHT - BOTTOM - height, width, height, share)


def _numeric(column: Sides) -> Bars:
    both = np.concatenate([column.reference, column.current])
    low, high = (float(edge) for edge in np.quantile(both, EDGES)) if len(both) else (0.0, 1.0)
    if low == high:
        width = max(1.0, abs(low) / 1e6)  # 1e18 and the next number are 128 apart
        low, high = low - width / 2, high + width / 2
    edges = np.linspace(low, high, BINS + 1)
    before, now = (
        _shares(np.histogram(np.clip(side, low, high), edges)[0]) for side in (column.reference, column.current)
    )
    labels = [""] * BINS
    for number in (1, BINS // 2, BINS - 2):
        labels[number] = f"{(edges[number] + edges[number + 1]) / 2:.3g}"
    return Bars(before, now, labels)


def _categories(column: Sides) -> Bars:
    """The most frequent ones of both sides together, and all others as one."""
    before, now = column.reference.value_counts(normalize=True), column.current.value_counts(normalize=True)
    order = before.add(now, fill_value=0).sort_values(ascending=False).index
    names: list[str] = list(order[:MOST_CATEGORIES])
    sides = [[float(side.get(name, 0)) for name in names] for side in (before, now)]
    labels = [name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…" for name in names]
    if len(order) > len(names):
        sides = [
            [*side, max(0.0, 1 - sum(side)) if len(values) else 0.0]
            for side, values in zip(sides, (before, now), strict=True)
        ]
        labels.append("others")
    return Bars(sides[0], sides[1], labels)


def _shares(counts: np.ndarray) -> list[float]:
    return [float(count) for count in counts / max(1, counts.sum())]
