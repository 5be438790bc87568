"""The report of a window: one HTML file that opens without a network, and evidently's own next to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from monitoring import details, tables
from monitoring.baseline import Baseline
from monitoring.check import compared_sides, prediction_sides
from monitoring.drift import Sides
from monitoring.histograms import histogram
from monitoring.reading.window import Window
from monitoring.result import ColumnResult, Result

FOLDER = Path(__file__).parent / "page"
MOST_CHARTS = 24
"""More would make a page of hundreds of columns slow; the table has all of them."""


def write_report(result: Result, baseline: Baseline, window: Window, folder: Path) -> Path:
    """Write `report.html` and, where columns were compared, `evidently.html`; the path of the first."""
    sides = {column.name: column for column in compared_sides(baseline, window)}
    link = details.write_details(result, sides, folder)
    path = folder / "report.html"
    path.write_text(page(result, sides, prediction_sides(baseline, window), link), encoding="utf-8")
    return path


def page(result: Result, sides: Mapping[str, Sides], prediction: Sides | None, link: str | None) -> str:
    """The whole page; `link` is the name of evidently's file, if there is one."""
    ranked = sorted(result.columns, key=lambda column: -(column.severity or 0))
    drifted = [column for column in ranked if column.drifted]
    others = [column for column in ranked if column.test and not column.drifted]
    predicted = [(result.prediction, prediction)] if result.prediction and prediction else []
    return (
        Environment(loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .get_template("page.html.j2")
        .render(
            result=result,
            style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            lead=tables.lead(result),
            tiles=tables.tiles(result),
            drifted=[_drawing(column, sides[column.name]) for column in drifted[:MOST_CHARTS]],
            others=[_drawing(column, sides[column.name]) for column in others[:MOST_CHARTS]],
            prediction=[_drawing(column, side) for column, side in predicted],
            rows=[tables.row(column) for column in ranked if column.test],
            quality=tables.quality(result.quality),
            segments=[tables.segment(segment) for segment in result.segments],
            problems=tables.problems(result.data_quality),
            skipped=tables.skipped(result),
            details=link,
        )
    )


def _drawing(column: ColumnResult, sides: Sides) -> dict[str, object]:
    row = tables.row(column)
    note = f"{row['test']}: {row['score']}, threshold {row['threshold']}"
    return {"name": column.name, "note": note, "svg": histogram(sides)}
