"""Ground truth that arrives after the predictions, merged with them by id.

The rule of Model Monitor: a label's `eventId` is the request's `inferenceId` where the caller sent one, otherwise its
`eventId`. Model Monitor's documentation asks for an id per record and says nothing of requests with several; here the
label of the third record of request `a` has the id `a#2`, or the label's data has a line for each record of `a`.
"""

from __future__ import annotations

import csv
import io
import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from monitoring.reading.captured import Bounds, parsed_line
from monitoring.reading.events import Problems, Record
from monitoring.reading.layout import UnreadableError
from monitoring.reading.values import Value, category, number

UNUSED, USED, LATE, LATER = range(4)
"""What became of a label: LATE has a prediction before the quality window, LATER one after it."""
NO_LABEL = "a line that is no label"
SEGMENT = "segment "
"""Begins the columns of labelled records that hold segments, because a feature may be called `label`."""
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class LabelCounts:
    """How many predictions of the quality window have a label, and what became of the other labels."""

    labelled: int = 0
    unlabelled: int = 0
    late: int = 0
    """Labels of predictions that are older than the quality window."""
    double: int = 0
    """Labels that a newer one of the same prediction replaced."""
    unmatched: int = 0
    """Labels whose prediction was not captured."""


class Pair(NamedTuple):
    """A prediction of the quality window with its label; a tuple, because there may be a million."""

    time: datetime | None
    prediction: Value
    label: Value
    segments: tuple[Value, ...]


@dataclass
class Labels:
    """The newest label of each prediction, and the predictions that they meet."""

    numeric: bool
    """Whether labels are numbers: a regression's are."""
    double: int = 0
    unlabelled: int = 0
    _positions: dict[str, int] = field(default_factory=dict)
    _values: list[Value] = field(default_factory=list)
    _states: array[int] = field(default_factory=lambda: array("b"))
    _pairs: dict[int, Pair] = field(default_factory=dict)

    def add(self, identity: str, value: object) -> None:
        """Add a label; one that is added later replaces it."""
        label = number(value) if self.numeric else category(value)
        if label is None:
            raise UnreadableError("a label without a value" if value in (None, "") else "a label of another type")
        position = self._positions.setdefault(identity, len(self._values))
        if position < len(self._values):
            self.double += 1
            self._values[position] = label
            return
        self._values.append(label)
        self._states.append(UNUSED)

    def meet(self, record: Record, bounds: Bounds, segments: tuple[Value, ...]) -> None:
        """Merge a prediction with its label. Of two predictions with one id, the newer counts."""
        if record.prediction is None:
            return
        position = self._position(record.identity)
        if not bounds.holds(record.time):
            if position is not None and self._states[position] != USED:
                self._states[position] = LATE if record.time and record.time < bounds.start else LATER
        elif position is None:
            self.unlabelled += 1
        else:
            self._states[position] = USED
            older = self._pairs.get(position)
            if older is None or (record.time or EVER) >= (older.time or EVER):
                self._pairs[position] = Pair(record.time, record.prediction, self._values[position], segments)

    def counts(self) -> LabelCounts:
        """What became of all labels, once all predictions are met."""
        states = self._states
        return LabelCounts(len(self._pairs), self.unlabelled, states.count(LATE), self.double, states.count(UNUSED))

    def pairs(self) -> list[Pair]:
        """Every labelled prediction of the quality window."""
        return list(self._pairs.values())

    def _position(self, identity: str) -> int | None:
        position = self._positions.get(identity)
        return self._positions.get(f"{identity}#0") if position is None else position


def read_labels(folder: Path, *, numeric: bool, problems: Problems) -> Labels:
    """The labels of all files below a folder, the newest of each.

    Which is newer follows from the path, `yyyy/mm/dd/hh/<name>`, then from the line.
    """
    labels = Labels(numeric)
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as lines:
            for line in filter(bytes.strip, lines):
                try:
                    for identity, value in _line_labels(parsed_line(line)):
                        labels.add(identity, value)
                except UnreadableError as error:
                    problems.add(f"labels: {error}")
    return labels


def _line_labels(event: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    truth, metadata = event.get("groundTruthData"), event.get("eventMetadata")
    if not isinstance(truth, dict) or not isinstance(metadata, dict) or not metadata.get("eventId"):
        raise UnreadableError(NO_LABEL)
    identity, values = str(metadata["eventId"]), _values(truth)
    if len(values) == 1:
        yield identity, values[0]
    else:
        yield from ((f"{identity}#{index}", value) for index, value in enumerate(values))


def _values(truth: Mapping[str, object]) -> Sequence[object]:
    """The labels of one line: a CSV line each, of which the first cell counts, or a JSON value or list."""
    data = truth.get("data")
    try:
        if truth.get("encoding") == "JSON":
            value = json.loads(data) if isinstance(data, str) else data
            values = value if isinstance(value, list) else [value]
        else:
            values = [cells[0] for cells in csv.reader(io.StringIO(str(data))) if cells]
    except (ValueError, RecursionError, csv.Error):
        raise UnreadableError(NO_LABEL) from None
    if not values:
        raise UnreadableError("a label without a value")
    return values
