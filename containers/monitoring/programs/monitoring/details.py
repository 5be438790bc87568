"""evidently's own report of the compared columns, with the tests and thresholds of the result, so that both agree."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift

from monitoring.drift import Sides
from monitoring.drift_tests import TESTS
from monitoring.result import ColumnResult, Result

NAME = "evidently.html"
MOST_COLUMNS = 40
"""Each column takes a chart of some 50 KB; those with the highest severities are shown."""


def write_details(result: Result, sides: Mapping[str, Sides], folder: Path) -> str | None:
    """Write the report, and return its name; None where no column was compared by one of evidently's tests."""
    compared = [column for column in result.columns if column.test in TESTS]
    compared = sorted(compared, key=lambda column: -(column.severity or 0))[:MOST_COLUMNS]
    if not compared:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = Report([_metric(column) for column in compared])
        current, reference = (_dataset(compared, sides, side) for side in ("current", "reference"))
        report.run(current, reference).save_html(str(folder / NAME))
    return NAME


def _metric(column: ColumnResult) -> ValueDrift:
    return ValueDrift(column=column.name, method=column.test, threshold=column.threshold)


def _dataset(columns: list[ColumnResult], sides: Mapping[str, Sides], side: str) -> Dataset:
    series = {column.name: getattr(sides[column.name], side) for column in columns}
    numeric = [name for name in series if sides[name].kind == "numeric"]
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in series if name not in numeric]
    )
    return Dataset.from_pandas(pd.DataFrame(series), data_definition=definition)
