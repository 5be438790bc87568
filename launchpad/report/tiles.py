"""What all pages of reports share: tiles of numbers, titled drawings, and the frame around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from launchpad.costs.wording import cost_in_words, cost_label, cost_note, job_money
from launchpad.messages.plain_text import visible
from launchpad.platform_client.connection import LOCAL
from launchpad.report.templating import FOLDER, templates
from launchpad.requests.cost import Cost

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


def cost_tiles(cost: Cost | None, environment: str, of: str = "") -> Iterator[Tile]:
    """What ended work cost, `of` what, and what spot saved; none for what still runs."""
    if cost is None:
        return
    note = ", ".join(filter(None, (of, cost_note(cost))))
    yield Tile(cost_label(environment).capitalize(), cost_in_words(cost), note)
    if cost.spot_saved_usd is not None and cost.spot_saved_percent is not None:
        yield spot_tile(cost.spot_saved_percent, environment, f"{job_money(cost.spot_saved_usd)}, ")


def spot_tile(percent: float, environment: str, amount: str = "") -> Tile:
    """What spot capacity saved of the price on demand, where it is known with the amount."""
    rate = "by a fixed rate of the local AWS; nothing is paid" if environment == LOCAL else "of the price on demand"
    return Tile("Saved by spot", f"{percent:.0f} %", f"{amount}{rate}", "good")


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
