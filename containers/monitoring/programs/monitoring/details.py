"""evidently's own report of the compared columns, with the tests and thresholds of the result, so that both agree."""

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
    snapshot = run(result, sides)
    if snapshot is None:
        return None
    snapshot.save_html(str(folder / NAME))
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
    return ValueDrift(column=column.name, method=column.test, threshold=column.threshold)


def _dataset(columns: list[ColumnResult], sides: Mapping[str, Sides], side: str) -> Dataset:
    series = {column.name: getattr(sides[column.name], side) for column in columns}
    numeric = [column.name for column in columns if _is_numeric(column, sides[column.name])]
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in series if name not in numeric]
    )
    return Dataset.from_pandas(pd.DataFrame(series), data_definition=definition)


def _is_numeric(column: ColumnResult, sides: Sides) -> bool:
    """Not where its few values were compared as categories, by a test that knows no numbers."""
    return sides.kind == "numeric" and "numeric" in TESTS[column.test or ""].kinds
