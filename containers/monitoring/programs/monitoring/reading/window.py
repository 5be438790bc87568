"""One window of a model's requests and answers: a sample of them, exact counts over all of them, and the labelled ones.

Note: nothing here holds all records at once. A million of them pass through a reservoir, so that memory depends on
`sample_rows` and on the number of labels only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
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
    """Requests before or after the window: a file holds neighbouring hours too."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Lines, requests or records that could not be read, by reason."""
    missing: dict[str, int] = field(default_factory=dict)
    """Missing values per feature, with 0 where none is."""
    invalid: dict[str, int] = field(default_factory=dict)
    """Values of a numeric column that are no finite number; they are counted in `missing` too."""
    unknown_columns: dict[str, int] = field(default_factory=dict)
    """Columns of requests that the baseline lacks."""
    missing_columns: list[str] = field(default_factory=list)
    """Features that no record has."""
    empty_columns: list[str] = field(default_factory=list)
    """Features that records have, but never with a value."""
    constant_columns: list[str] = field(default_factory=list)
    """Features with one and the same value in all records (at least two), which vary in the baseline."""


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


@dataclass
class Window:
    """What was read. `features` and `predictions` are samples with one index; `pairs` is complete."""

    features: pd.DataFrame
    """A column per feature of the baseline, in its order: float64 if numeric, else str; NaN or None where missing."""
    predictions: pd.Series
    """The prediction of each row of `features`, missing where only the request is known.

    Where answers but no requests are known, `features` has no column with a value and only this says something.
    A float for numbers (regression, a binary score), else a class's name: see `reading/answers.py`.
    """
    pairs: pd.DataFrame
    """`prediction`, `label` and the settings' `segments` of every labelled record of the quality window."""
    counts: Counts
    labels: LabelCounts


def read_window(inputs: Path, settings: Settings, baseline: Baseline) -> Window:
    """Read everything below `inputs` (/opt/ml/processing/input) that belongs to the window of the settings."""
    raise NotImplementedError
