"""The columns of the data that a model was trained with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
ColumnType = Literal["numeric", "categorical", "boolean"]


def _pairs(columns: dict[str, str] | None) -> list[list[str]] | None:
    return None if columns is None else [[name, kind] for name, kind in columns.items()]


def _mapping(columns: Any) -> Any:
    """Take the rendered form too: a launch checks its `--set` by reading a rendered workload once more."""
    pairs = isinstance(columns, list) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in columns)
    return dict(columns) if pairs else columns


Columns = Annotated[
    dict[ColumnName, ColumnType],
    Field(min_length=1, max_length=1000),
    BeforeValidator(_mapping),
    PlainSerializer(_pairs, return_type=Any),
]
"""Types by name. Rendered as a list of pairs, because the order is the files', and a catalogue's keys are sorted."""
