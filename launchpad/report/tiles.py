"""What all pages of reports share: tiles of numbers, titled drawings, and the frame around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from launchpad.messages.plain_text import visible
from launchpad.report.templating import FOLDER, templates

TONES = {
    **dict.fromkeys(("Completed", "SUCCEEDED", "COMPLETED", "SUCCESS", "InService"), "good"),
    **dict.fromkeys(("Failed", "FAILED", "TIMED_OUT", "CANCELLED"), "bad"),
}
"""The colour of a status."""


@dataclass(frozen=True)
class Tile:
    """One number at the top of the page."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Drawing:
    """A chart below its title."""

    title: str
    svg: Markup
    legend: str = ""


def page(template: str, *, name: str, noun: str, lead: str, tiles: Sequence[Tile], command: str, **values: Any) -> str:
    """Render a page with the frame; control characters in names, reasons and log lines are shown, not obeyed."""
    style = (FOLDER / "demo.css").read_text("utf-8") + (FOLDER / "job.css").read_text("utf-8")
    values = {"footnote": "", **values}
    rendered = (
        templates()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 -- our own files
            name=name,
            noun=noun,
            lead=lead,
            tiles=tiles,
            command=command,
            **values,
        )
    )
    return visible(rendered)


def short(seconds: float) -> str:
    """A duration as text that fits into a tile: `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
