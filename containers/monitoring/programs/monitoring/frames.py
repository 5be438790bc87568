"""Rows of values as the pandas objects that evidently compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from monitoring.reading.layout import NUMERIC
from monitoring.reading.values import Value


def frame(
    rows: Sequence[Sequence[Value]], types: Mapping[str, str], index: Sequence[int] | None = None
) -> pd.DataFrame:
    """Features as float64 if numeric, else as text; NaN or None where missing."""
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    places = range(len(rows)) if index is None else index
    return pd.DataFrame(
        {
            name: pd.Series(values, index=places, dtype="float64" if kind == NUMERIC else "object", name=name)
            for (name, kind), values in zip(types.items(), columns, strict=True)
        },
        index=places,
    )


def series(values: Sequence[Value], name: str) -> pd.Series:
    """Predictions or labels: float64 if all of them are numbers, otherwise text with numbers as their names."""
    present = [value for value in values if value is not None]
    if all(isinstance(value, float | int) for value in present):
        return pd.Series(values, dtype="float64", name=name)
    return pd.Series([value if value is None else _text(value) for value in values], dtype="object", name=name)


def _text(value: Value) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
