"""evidently's own report of the compared columns, with the tests and thresholds of the result, so that both agree.

Note: evidently writes names and values into a script of its page as they are, so `</script>` in a request would end it,
and what follows would run in the reader's browser. Its page gets another sign in place of `<`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.core.report import Snapshot
from evidently.metrics import ValueDrift

from monitoring.drift import Sides
from monitoring.drift_tests import TESTS
from monitoring.result import ColumnResult, Result

NAME = "evidently.html"
MOST_COLUMNS = 40
"""Each column takes a chart of some 50 KB; those with the highest severities are shown."""


def write_details(result: Result, sides: Mapping[str, Sides], folder: Path) -> str | None:
    """Write the report, and return its name; None where no column was compared by one of evidently's tests."""
    try:
        snapshot = run(result, sides)
        if snapshot is None:
            return None
        snapshot.save_html(str(folder / NAME))
    except Exception as error:  # the result does not rest on its charts, which can't draw all numbers, such as 1e300
        print(f"evidently's report can't be written: {type(error).__name__}: {error}")
        (folder / NAME).unlink(missing_ok=True)
        return None
    return NAME


def run(result: Result, sides: Mapping[str, Sides]) -> Snapshot | None:
    """evidently's report of the columns with the highest severities."""
    compared = [column for column in result.columns if column.test in TESTS]
    compared = sorted(compared, key=lambda column: -(column.severity or 0))[:MOST_COLUMNS]
    if not compared:
        return None
    current, reference = (_dataset(compared, sides, side) for side in ("current", "reference"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Report([_metric(column) for column in compared]).run(current, reference)


def _metric(column: ColumnResult) -> ValueDrift:
    return ValueDrift(column=harmless(column.name), method=column.test, threshold=column.threshold)


def _dataset(columns: list[ColumnResult], sides: Mapping[str, Sides], side: str) -> Dataset:
    series = {harmless(column.name): _values(getattr(sides[column.name], side)) for column in columns}
    numeric = [harmless(column.name) for column in columns if _is_numeric(column, sides[column.name])]
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in series if name not in numeric]
    )
    return Dataset.from_pandas(pd.DataFrame(series), data_definition=definition)


def _values(values: pd.Series) -> pd.Series:
    return values if pd.api.types.is_numeric_dtype(values) else values.map(harmless)


def harmless(text: str) -> str:
    """A text that opens no tag."""
    return text.replace("<", "\u2039")  # a quotation mark of the same form


def _is_numeric(column: ColumnResult, sides: Sides) -> bool:
    """Not where its few values were compared as categories, by a test that knows no numbers."""
    return sides.kind == "numeric" and "numeric" in TESTS[column.test or ""].kinds
