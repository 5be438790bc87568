"""Predicted against true values, and the other tables of a job's output, as charts of a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from launchpad.report.palettes import PAGE
from launchpad.report.pictures import panels, picture
from launchpad.report.result import mean_absolute_error, r_squared
from launchpad.report.tiles import Drawing

TABLE = "predictions.csv"


def predicted_against_true(actuals: Sequence[float], predictions: Sequence[float], unit: str) -> Markup:
    """A dot per row; its distance from the diagonal is the model's error. `unit` is that of the values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"true value, {unit}", "predicted"])
    writer.writerows(zip(actuals, predictions, strict=True))
    return picture(panels({TABLE: text.getvalue()}), [""], PAGE)


def result_drawings(tables: Mapping[str, str]) -> list[Drawing]:
    """A chart per group of tables that are drawn on the same axes."""
    return [
        Drawing(_quality(tables[TABLE]) if panel.square and TABLE in tables else "", picture([panel], [""], PAGE))
        for panel in panels(tables)
    ]


def _quality(text: str) -> str:
    """How good the predictions are; only their name where that cannot be said of one column."""
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text)) if row]
        if len(header) != 2:
            return "Predicted against true"
        actuals, predictions = [float(row[0]) for row in rows], [float(row[1]) for row in rows]
        score, error = r_squared(actuals, predictions), mean_absolute_error(actuals, predictions)
    except (ValueError, csv.Error, IndexError):
        return "Predicted against true"
    return f"Predicted against true · R² {score:.3g} · mean error {error:.4g} · {len(actuals)} rows"
