"""The colours of drawings: fixed in a file, those of the style sheet on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of a drawing, as CSS."""

    series: Sequence[str]
    grey: str
    paper: str
    words: str
    numbers: str
    grid: str
    titles: bool = False
    """Whether each dot shows its values under the mouse."""


FILE = Palette(("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"), "#999", "white", "#222", "#555", "#ddd")
"""The colours of a drawing that is a file: on white, whatever shows it."""
PAGE = Palette(
    ("var(--c0, var(--accent))", "var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)"),
    "var(--soft)",
    "none",
    "var(--ink)",
    "var(--soft)",
    "var(--faint)",
    titles=True,
)
"""The colours of a drawing on a page: those of its style sheet, light or dark."""
