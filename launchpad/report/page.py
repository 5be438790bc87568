"""The demo's page: one file that includes its style and charts; it loads nothing and runs no script."""

from __future__ import annotations

from markupsafe import Markup

from launchpad.messages.plain_text import visible
from launchpad.report.charts import timeline
from launchpad.report.predictions import predicted_against_true
from launchpad.report.result import DemoResult, mean_absolute_error, r_squared
from launchpad.report.templating import FOLDER, templates

TRAINING_STEP = "train"
ROWS = 13
"""The number of rows in the table next to the chart; the chart has all of them."""


def render(result: DemoResult, unit: str) -> str:
    """Render the page of a demo that has reached predictions; `unit` is the unit of the predicted values."""
    judged = result.judged
    page = (
        templates()
        .get_template("demo.html.j2")
        .render(
            result=result,
            style=Markup((FOLDER / "demo.css").read_text("utf-8")),  # noqa: S704 -- our own file
            scatter=None if judged else predicted_against_true(result.actuals, result.predictions, unit),
            timeline=timeline(result.steps, result.job_phases, inside=TRAINING_STEP),
            r2=None if judged else r_squared(result.actuals, result.predictions),
            error=None if judged else mean_absolute_error(result.actuals, result.predictions),
            unit=unit,
            rows=list(zip(result.actuals, result.predictions, strict=True))[:ROWS],
        )
    )
    return visible(page)  # names and values come from jobs
