"""All records of a window, one after the other: counted, sampled, and merged with their labels.

Note: nothing here holds all records at once. A million of them pass through a reservoir, so that memory depends on the
sample's size and on the number of labels only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from monitoring.labels import Labels, read_labels
from monitoring.reading.answers import Task
from monitoring.reading.captured import Bounds, captured_records
from monitoring.reading.events import Reader, Record
from monitoring.reading.layout import Layout
from monitoring.reading.pairs import file_records
from monitoring.reading.tally import Tally
from monitoring.reading.values import Value
from monitoring.sampling import Reservoir

if TYPE_CHECKING:
    from monitoring.settings import Settings


class Sampled(NamedTuple):
    """One record of the sample, its values converted; None where only the answer is known."""

    values: list[Value] | None
    prediction: Value


@dataclass
class Stream:
    """What has passed."""

    tally: Tally
    reader: Reader
    labels: Labels
    sample: Reservoir[Sampled]
    window: Bounds
    """The time of drift."""
    quality: Bounds
    """The time of labelled predictions: it ends with the window, and usually begins earlier."""
    segments: Sequence[str]
    predictions: int = 0
    outside: int = 0
    """Records before or after the window."""

    def read(self, records: Iterator[Record]) -> None:
        """Let records pass."""
        layout = self.reader.layout
        segments = [layout.names.index(name) for name in self.segments if name in layout.types]
        for record in records:
            if self.window.holds(record.time):
                values = None if record.row is None else self.tally.add(record.row)
                self.predictions += record.prediction is not None
                self.sample.add(Sampled(values, record.prediction))
            else:
                self.outside += 1
                values = None
            if record.prediction is not None:
                self.labels.meet(record, self.quality, self._segments(record, values, segments))

    def _segments(self, record: Record, values: list[Value] | None, segments: list[int]) -> tuple[Value, ...]:
        if record.row is None:
            return (None,) * len(segments)
        if values is not None:
            return tuple(values[index] for index in segments)
        converters = self.reader.layout.converters
        return tuple(converters[index](record.row[index]) for index in segments)


def read_stream(inputs: Path, settings: Settings, types: dict[str, str], classes: Sequence[str]) -> Stream:
    """Read everything below `inputs` (/opt/ml/processing/input). `types` are the features', `classes` the target's."""
    layout = Layout(types)
    reader = Reader(layout, Task(settings.task or "", classes))
    # Times of one time zone are compared much faster, and AWS writes UTC.
    window = Bounds(*(time.astimezone(UTC) for time in (settings.window.start, settings.window.end)))  # type: ignore[union-attr]
    quality = window
    if settings.quality:
        quality = Bounds(window.end - timedelta(days=settings.quality.days), window.end)
    labels = read_labels(inputs / "labels", numeric=settings.task == "regression", problems=reader.problems)
    sample: Reservoir[Sampled] = Reservoir(settings.sample_rows, settings.seed)
    stream = Stream(Tally(layout), reader, labels, sample, window, quality, settings.segments)
    stream.read(_records(inputs, settings, reader, window))
    return stream


def _records(inputs: Path, settings: Settings, reader: Reader, window: Bounds) -> Iterator[Record]:
    """All records. Files have no times: `earlier-` ones are from before the window, for labelled predictions only."""
    if settings.source == "captured":
        return captured_records(inputs / "captured", reader, window)
    earlier = Reader(reader.layout, reader.task)
    before = window.start - timedelta(microseconds=1)
    return chain(
        file_records(inputs / "requests", inputs / "answers", reader, settings.content_type),
        (
            record._replace(time=record.time or before)
            for record in file_records(
                inputs / "earlier-requests", inputs / "earlier-answers", earlier, settings.content_type
            )
        ),
    )
