"""The columns of the data that a model was trained with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, StringConstraints

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
ColumnType = Literal["numeric", "categorical", "boolean"]


def _pairs(columns: dict[str, str] | None) -> list[list[str]] | None:
    return None if columns is None else [[name, kind] for name, kind in columns.items()]


Columns = Annotated[
    dict[ColumnName, ColumnType],
    Field(min_length=1, max_length=1000),
    PlainSerializer(_pairs, return_type=Any),
]
"""Types by name. Rendered as a list of pairs, because the order is the files', and a catalogue's keys are sorted."""
