"""Makes a baseline from the training split, whose rows pass one by one."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitoring.column_statistics import CATEGORICAL, ColumnStatistics
from monitoring.reading.layout import ABSENT, NUMERIC
from monitoring.reading.training_files import BaselineError, Row, TrainingFiles
from monitoring.reading.values import number
from monitoring.sampling import Reservoir

if TYPE_CHECKING:
    from monitoring.settings import Settings


def write_baseline(data: Path, output: Path, settings: Settings) -> None:
    """Write a baseline from the files of the training channel, which are read row by row.

    Raises BaselineError where the data has no rows, lacks the target, or does not match the columns.
    """
    files = TrainingFiles(data, settings.header, list(settings.columns) if settings.columns else None, settings.target)
    split = _read(files, settings)
    output.mkdir(parents=True, exist_ok=True)
    _write_csv(output / "sample.csv", [split.columns, *split.sample])
    features = [
        [value for value, name in zip(row, split.columns, strict=True) if name != settings.target]
        for row in split.sample
    ]
    names = [name for name in split.columns if name != settings.target]
    if settings.content_type == "text/csv":
        _write_csv(output / "features.csv", features)
    else:
        _write_json_lines(output / "features.jsonl", names, features, split.types)
    (output / "baseline.json").write_text(json.dumps(_description(split, settings), indent=1) + "\n", "utf-8")


@dataclass
class Split:
    """The training split: a sample of its rows, and counts over all of them."""

    columns: list[str]
    types: dict[str, str]
    statistics: list[ColumnStatistics]
    sample: list[Row]


def _read(files: TrainingFiles, settings: Settings) -> Split:
    columns = files.columns()
    statistics = [ColumnStatistics() for _ in columns]
    reservoir: Reservoir[Row] = Reservoir(settings.sample_rows, settings.seed)
    by_line = settings.content_type == "text/csv"
    for row in files.rows(columns):
        if not (by_line and _has_line_break(row)):
            reservoir.add(row)
        for value, column in zip(row, statistics, strict=True):
            column.add(value)
    if not columns or not statistics[0].count:
        raise BaselineError(f"the files of the training channel have no rows: {files.folder}")
    if not reservoir.items():
        raise BaselineError(
            "every row of the training files has a value with a line break, which no CSV request can have"
        )
    types = {name: _type(name, column, settings) for name, column in zip(columns, statistics, strict=True)}
    return Split(columns, types, statistics, reservoir.items())


def _has_line_break(row: Row) -> bool:
    """Whether a transform job would cut the row in two: it splits its input at line breaks, quoted or not."""
    return any(isinstance(value, str) and ("\n" in value or "\r" in value) for value in row)


def _type(name: str, column: ColumnStatistics, settings: Settings) -> str:
    """A column's type: as the workload says, or as the task needs it, or as its values are."""
    if name == settings.target and settings.task:
        kind = NUMERIC if settings.task == "regression" else CATEGORICAL
    elif settings.columns:
        kind = NUMERIC if settings.columns[name] == NUMERIC else CATEGORICAL
    else:
        return column.inferred_type()
    if kind == NUMERIC and not column.figures and column.texts:
        raise BaselineError(f"the column {name!r} is numeric in the workload, but none of its values is a number")
    return kind


def _description(split: Split, settings: Settings) -> dict[str, Any]:
    summaries = {}
    for index, (name, column) in enumerate(zip(split.columns, split.statistics, strict=True)):
        figures = [figure for row in split.sample if (figure := number(row[index])) is not None]
        summaries[name] = column.summary(split.types[name], figures)
    target = None if settings.target is None else split.statistics[split.columns.index(settings.target)]
    categorical = settings.target is not None and split.types[settings.target] == CATEGORICAL
    return {
        "version": 1,
        "workload": settings.workload,
        "training_job": settings.training_job,
        "records": split.statistics[0].count,
        "sample_rows": len(split.sample),
        "content_type": settings.content_type,
        "target": settings.target,
        "classes": ordered(list(target.names)) if target and categorical else [],
        "columns": summaries,
    }


def ordered(names: Sequence[str]) -> list[str]:
    """Classes in the order of scikit-learn's `classes_`: numbers by value, otherwise by name."""
    figures = [number(name) for name in names]
    if None in figures:
        return sorted(names)
    return [name for _, name in sorted(zip(figures, names, strict=True))]


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    """A JSON value as a cell: a list or an object as JSON; what is missing as nothing."""
    if value is ABSENT or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write_json_lines(path: Path, names: Sequence[str], rows: Sequence[Row], types: dict[str, str]) -> None:
    """An object per row: JSON values as they are, the cells of CSV files as numbers or text."""
    with path.open("w", encoding="utf-8") as text:
        for row in rows:
            record = {
                name: _json_value(value, types[name])
                for name, value in zip(names, row, strict=True)
                if value is not ABSENT
            }
            text.write(json.dumps(record, ensure_ascii=False) + "\n")


def _json_value(value: object, kind: str) -> object:
    if kind != NUMERIC or not isinstance(value, str):
        return value
    figure = number(value)
    if figure is None:
        return None
    return int(value) if value.strip().lstrip("+-").isdigit() else figure
