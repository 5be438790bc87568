"""The files of a training channel: CSV with or without a header, or JSON lines, in sub-folders and compressed or not.

Note: values stay as they are in the file. What a model was trained with as `1` must not reach it as `1.0`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from monitoring.reading.layout import ABSENT
from monitoring.reading.request_files import COMPRESSED, NO_TEXT, open_text
from monitoring.reading.values import number

Row = list[object]


class BaselineError(Exception):
    """A baseline that can't be made or used; the message is one line for the job's log."""


@dataclass(frozen=True)
class TrainingFiles:
    """The training split, row by row."""

    folder: Path
    header: bool
    """Whether CSV files have one; JSON lines name their columns themselves."""
    declared: Sequence[str] | None
    """The columns that the workload names, in the order of files without a header."""
    target: str | None

    def columns(self) -> list[str]:
        """All columns in the files' order, the target included; BaselineError if files and workload don't agree."""
        paths = self._paths()
        if not paths:
            raise BaselineError(f"the training channel has no file: {self.folder}")
        names: dict[str, None] = {}
        for path in paths:
            if _is_json(path):
                names |= dict.fromkeys(name for record in self._json_rows(path) for name in record)
            else:
                names = names or dict.fromkeys(self._csv_header(path))
        columns = list(names)
        self._check(columns)
        return columns

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row of every file, in order, its values in that of `columns`: cells, or JSON values."""
        for path in self._paths():
            if _is_json(path):
                yield from ([record.get(name, ABSENT) for name in columns] for record in self._json_rows(path))
            else:
                yield from self._csv_rows(path, columns)

    def _paths(self) -> list[Path]:
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return [path for path in paths if not path.name.startswith((".", "_")) and path.stat().st_size]

    def _check(self, columns: list[str]) -> None:
        if self.declared and set(self.declared) != set(columns):
            missing, more = sorted(set(self.declared) - set(columns)), sorted(set(columns) - set(self.declared))
            raise BaselineError(
                f"the workload's columns don't match the training files: missing {missing}, not in the workload {more}"
            )
        if self.target is not None and self.target not in columns:
            hint = "; the first line has numbers: write `header: false` and `columns`" if _has_numbers(columns) else ""
            raise BaselineError(f"no column is called {self.target!r}, the target; the columns are {columns}{hint}")

    def _csv_header(self, path: Path) -> list[str]:
        """The names of the columns, of the file's header or, without one, of the workload."""
        if not self.header:
            if not self.declared:
                raise BaselineError("training files without a header need `columns` in the workload")
            return list(self.declared)
        header = [name.strip() for name in next(_csv_lines(path), [])]
        if len(set(header)) != len(header) or "" in header:
            raise BaselineError(f"{path.name}: the header has a name twice or an empty one: {header}")
        return header

    def _csv_rows(self, path: Path, columns: Sequence[str]) -> Iterator[Row]:
        header, lines = self._csv_header(path), _csv_lines(path)
        if set(header) != set(columns):
            raise BaselineError(f"{path.name}: its columns {header} are others than {list(columns)}")
        if self.header:
            next(lines, None)
        order = [header.index(name) for name in columns]
        for index, cells in enumerate(lines, start=1):
            if len(cells) != len(header):
                raise BaselineError(f"{path.name}: row {index} has {len(cells)} values instead of {len(header)}")
            yield [cells[position] for position in order]

    def _json_rows(self, path: Path) -> Iterator[Mapping[str, object]]:
        with open_text(path) as text:
            for index, line in enumerate(_checked(text, path), start=1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    raise BaselineError(f"{path.name}: line {index} is no JSON") from None
                if isinstance(record, list) and self.declared and len(record) == len(self.declared):
                    record = dict(zip(self.declared, record, strict=True))
                if not isinstance(record, dict):
                    raise BaselineError(f"{path.name}: line {index} is neither an object nor a list of all columns")
                yield record


def _is_json(path: Path) -> bool:
    name = path.name.removesuffix(COMPRESSED)
    return name.endswith((".jsonl", ".json", ".ndjson"))


def _has_numbers(columns: list[str]) -> bool:
    return any(number(name) is not None for name in columns)


def _checked(text: TextIO, path: Path) -> Iterator[str]:
    """The lines; BaselineError where they are no text, as in a Parquet file."""
    try:
        for line in text:
            if "\0" in line:
                raise BaselineError(f"{path.name} is no CSV file, and its name is not one of JSON lines (.jsonl)")
            yield line
    except NO_TEXT:
        raise BaselineError(f"{path.name} is no CSV file, and its name is not one of JSON lines (.jsonl)") from None


def _csv_lines(path: Path) -> Iterator[list[str]]:
    with open_text(path) as text:
        try:
            yield from (cells for cells in csv.reader(_checked(text, path), strict=True) if cells)
        except csv.Error as error:
            raise BaselineError(f"{path.name} is no CSV file: {error}") from None
