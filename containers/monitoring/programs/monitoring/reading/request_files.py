"""The files that an asynchronous endpoint or a transform job was asked, read record by record."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

from monitoring.reading.events import Payload, Reader
from monitoring.reading.layout import Layout, Row
from monitoring.reading.requests import CSV, JSON, JSON_LINES, media_type

COMPRESSED = ".gz"
NO_TEXT = (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error)
"""What reading a file raises that is no text, or not compressed as its name says."""
TYPES = {".csv": CSV, ".json": JSON, ".jsonl": JSON_LINES}


class Asked(NamedTuple):
    """One record of a file."""

    row: Row | None
    cells: list[str] | None = None
    """The cells of a CSV line as they are: a transform job may have put them in front of the answer."""


@dataclass(frozen=True)
class RequestFile:
    """One file of requests, compressed or not. `count` raises one of `NO_TEXT` if it is no text."""

    path: Path
    content_type: str
    """The content type of files whose name doesn't say it."""
    layout: Layout

    def kind(self) -> str:
        """Its content type."""
        suffix = Path(self.path.name.removesuffix(COMPRESSED)).suffix.lower()
        return TYPES.get(suffix, media_type(self.content_type))

    def count(self) -> int:
        """How many records it has, without reading them: lines, except for a JSON document, which is not streamed."""
        if self.kind() == JSON:
            return len(list(self.records(Reader(self.layout))))
        with self._open() as text:
            lines = csv_lines(text) if self.kind() == CSV else (line for line in text if line.strip())
            return sum(1 for _ in lines) - self.has_header()

    def has_header(self) -> bool:
        """Whether its first line names the columns."""
        if self.kind() != CSV:
            return False
        with self._open() as text:
            return self.layout.is_header(next(csv_lines(text), []))

    def records(self, reader: Reader) -> Iterator[Asked]:
        """Its records in order; what can't be read is counted by the reader."""
        with self._open() as text:
            if self.kind() == CSV:
                yield from self._csv_records(text, reader)
            elif self.kind() == JSON:
                yield from map(Asked, reader.rows(Payload(text.read(), JSON)) or [])
            else:
                for line in filter(str.strip, text):
                    rows = reader.rows(Payload(line, self.kind())) or [None]
                    yield Asked(rows[0])

    def _csv_records(self, text: TextIO, reader: Reader) -> Iterator[Asked]:
        lines = csv_lines(text)
        header = [name.strip() for name in next(lines)] if self.has_header() else None
        for cells in lines:
            yield Asked(reader.csv_row(cells, header), cells)

    def _open(self) -> TextIO:
        return open_text(self.path)


def open_text(path: Path) -> TextIO:
    """A text file, without a byte order mark."""
    if path.name.endswith(COMPRESSED):
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def csv_lines(text: TextIO) -> Iterator[list[str]]:
    """The lines of a CSV file that are not empty; one that can't be parsed is a line with a single empty cell."""
    reader = csv.reader(text, skipinitialspace=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = [""]
        if cells:
            yield cells
