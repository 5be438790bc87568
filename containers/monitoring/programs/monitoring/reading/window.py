"""One window of a model's requests and answers: a sample of them, counts over all of them, and the labelled ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from monitoring.frames import frame, series
from monitoring.labels import SEGMENT, LabelCounts, Labels
from monitoring.reading.stream import Stream, read_stream

if TYPE_CHECKING:
    from monitoring.baseline import Baseline
    from monitoring.settings import Settings


@dataclass
class Counts:
    """Exact counts over every record of the window, not over its sample."""

    records: int = 0
    """Records of requests that were read."""
    predictions: int = 0
    """Records whose answer was read."""
    outside: int = 0
    """Records before or after the window: a file holds neighbouring hours too, and those of the quality window."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Lines, requests or records that could not be read, by reason."""
    missing: dict[str, int] = field(default_factory=dict)
    """Missing values per feature, with 0 where none is."""
    invalid: dict[str, int] = field(default_factory=dict)
    """Values of a numeric column that are no finite number; they are counted in `missing` too."""
    unknown_columns: dict[str, int] = field(default_factory=dict)
    """Columns of requests that are no feature, the target included."""
    missing_columns: list[str] = field(default_factory=list)
    """Features that no record has."""
    empty_columns: list[str] = field(default_factory=list)
    """Features that records have, but never with a value that can be used."""
    constant_columns: list[str] = field(default_factory=list)
    """Features with one and the same value in all of several records, which vary in the baseline."""


@dataclass
class Window:
    """What was read. `features` and `predictions` are samples with one index; `pairs` is complete."""

    features: pd.DataFrame
    """A column per feature of the baseline, in its order: float64 if numeric, else str; NaN or None where missing."""
    predictions: pd.Series
    """Predictions by the index of `features`, missing where only the request is known.

    It has further rows where only the answer is known. float64 if all of them are numbers (regression, a binary score),
    else names of classes: see `reading/answers.py`.
    """
    pairs: pd.DataFrame
    """`prediction`, `label` and the settings' `segments` (`segment <name>`) of the quality days' labelled records.

    A label is a number for a regression, else the name of a class, where 1, 1.0 and "1" are all "1".
    """
    counts: Counts
    labels: LabelCounts


def read_window(inputs: Path, settings: Settings, baseline: Baseline) -> Window:
    """Read everything below `inputs` (/opt/ml/processing/input) that belongs to the window of the settings."""
    stream = read_stream(inputs, settings, baseline.columns, baseline.classes)
    sample = stream.sample.items()
    requests = [(index, record.values) for index, record in enumerate(sample) if record.values is not None]
    features = frame([values for _, values in requests], baseline.columns, [index for index, _ in requests])
    predictions = series([record.prediction for record in sample], "prediction")
    return Window(
        features, predictions, _pairs(stream.labels, stream), _counts(stream, baseline), stream.labels.counts()
    )


def _pairs(labels: Labels, stream: Stream) -> pd.DataFrame:
    pairs = labels.pairs()
    names = [name for name in stream.segments if name in stream.reader.layout.types]
    columns = {f"{SEGMENT}{name}": [pair.segments[index] for pair in pairs] for index, name in enumerate(names)}
    segments = {name: series(values, name) for name, values in columns.items()}
    predictions = series([pair.prediction for pair in pairs], "prediction")
    return pd.DataFrame(
        {"prediction": predictions, "label": series([pair.label for pair in pairs], "label"), **segments}
    )


def _counts(stream: Stream, baseline: Baseline) -> Counts:
    tally, problems = stream.tally, stream.reader.problems
    varying = {name for name, statistics in baseline.statistics.items() if statistics["distinct"] != 1}
    return Counts(
        records=tally.records,
        predictions=stream.predictions,
        outside=stream.outside,
        unreadable=dict(problems.unreadable),
        missing=tally.columns(tally.missing),
        invalid=tally.columns(tally.invalid),
        unknown_columns=dict(problems.unknown),
        missing_columns=tally.missing_columns(),
        empty_columns=tally.empty_columns(),
        constant_columns=[name for name in tally.constant_columns() if name in varying],
    )
