"""One request with its answer, however they were written down."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from monitoring.reading.answers import Task, read_answer
from monitoring.reading.layout import Layout, Records, Row, UnreadableError
from monitoring.reading.requests import JSON, csv_row, read_request
from monitoring.reading.values import Value, printable

OTHER = "other"
NO_PREDICTION = "an answer without a prediction"
NAMES = 200
"""Reasons and unknown columns that are counted by name. Records with invented names can't use up the memory."""


class Payload(NamedTuple):
    """A body with its content type."""

    body: str
    content_type: str


class Record(NamedTuple):
    """One record of a request, and what the model said to it."""

    identity: str
    """The name to which labels refer: the request's id, with `#0`, `#1`... behind it where a request has several
    records."""
    time: datetime | None
    """When the model was asked; None where only a file's name is known, which then belongs to the window."""
    row: Row | None
    """Raw values in the features' order; None where the request is unknown or can't be read."""
    prediction: Value


@dataclass
class Problems:
    """What could not be read, and columns that no one expects, counted by name."""

    unreadable: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str, count: int = 1) -> None:
        """Count a line, request or record that can't be read."""
        self.unreadable[_bounded(self.unreadable, printable(reason))] += count

    def add_unknown(self, names: list[str]) -> None:
        """Count columns that the baseline lacks."""
        for name in names:
            self.unknown[_bounded(self.unknown, printable(name[:100]))] += 1


def _bounded(counter: Counter[str], name: str) -> str:
    return name if name in counter or len(counter) < NAMES else OTHER


@dataclass
class Reader:
    """Makes records of requests and answers."""

    layout: Layout
    task: Task = field(default_factory=Task)
    problems: Problems = field(default_factory=Problems)

    def records(
        self, identity: str, time: datetime | None, request: Payload | None, response: Payload | None
    ) -> list[Record]:
        """The records of one request. What can't be read is counted; the other side is still used."""
        read = self._read(request)
        header = read is not None and read.header
        predictions = self._predictions(response, None if read is None else len(read.rows), header=header)
        if read is None:
            rows: list[Row | None] = [None] * len(predictions)
        else:
            rows = read.rows
            predictions = predictions or [None] * len(rows)
        single = len(rows) == 1
        return [
            Record(identity if single else f"{identity}#{index}", time, row, prediction)
            for index, (row, prediction) in enumerate(zip(rows, predictions, strict=True))
            if row is not None or prediction is not None
        ]

    def rows(self, request: Payload) -> list[Row | None] | None:
        """The rows of a request; None if none of it can be read, which is counted."""
        records = self._read(request)
        return None if records is None else records.rows

    def csv_row(self, cells: list[str], header: list[str] | None) -> Row | None:
        """One line of a file, below its header if it has one; None if it can't be read."""
        unknown: list[str] = []
        try:
            row = csv_row(cells, header, self.layout, unknown)
        except UnreadableError as error:
            self.problems.add(str(error))
            return None
        self.problems.add_unknown(unknown)
        return row

    def row(self, record: object) -> Row | None:
        """A record that stands next to its answer: cells, or a JSON value."""
        return (self.rows(Payload(json.dumps(record), JSON)) or [None])[0]

    def _read(self, request: Payload | None) -> Records | None:
        if request is None:
            return None
        try:
            records = read_request(request.body, request.content_type, self.layout)
        except UnreadableError as error:
            self.problems.add(str(error))
            return None
        for problem in records.problems:
            self.problems.add(problem)
        self.problems.add_unknown(records.unknown)
        return records

    def _predictions(self, response: Payload | None, records: int | None, *, header: bool) -> list[Value]:
        if response is None:
            return []
        try:
            predictions = read_answer(response.body, response.content_type, records, self.task, header=header)
        except UnreadableError as error:
            self.problems.add(str(error))
            return []
        for _ in filter(lambda prediction: prediction is None, predictions):
            self.problems.add(NO_PREDICTION)
        return predictions
