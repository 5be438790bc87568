"""The baseline of a training job: what its training split looks like, and a sample of it to compare windows with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from monitoring.settings import Settings


class BaselineError(Exception):
    """A baseline that can't be made or used; the message is one line for the job's log."""


@dataclass
class Baseline:
    """A baseline with the predictions of its model, read back."""

    training_job: str
    records: int
    """Rows of the whole training split; `sample` may hold fewer."""
    columns: dict[str, str]
    """The types of the features, numeric or categorical, in the order in which a request has them."""
    target: str | None
    classes: list[str]
    """The target's values in the order of scikit-learn's `classes_`; empty if it is a number."""
    statistics: dict[str, dict[str, object]]
    """Per column, the target's too: type, missing, missing_share, distinct, and mean, std, min, max, edges, or frequencies."""
    sample: pd.DataFrame
    """The features, as in `Window.features`."""
    labels: pd.Series
    """The target of each row of the sample; empty where there is no target."""
    predictions: pd.Series
    """The model's prediction for each row of the sample, as in `Window.predictions`."""


def write_baseline(data: Path, output: Path, settings: Settings) -> None:
    """Write `baseline.json`, `sample.csv` and `features.csv` (`.jsonl` for JSON) from the files of the training channel.

    Raises BaselineError where the data has no rows, lacks the target, or does not match the columns.
    """
    raise NotImplementedError


def read_baseline(folder: Path, settings: Settings) -> Baseline:
    """The baseline of the settings' training job; BaselineError if it is another's, or not whole."""
    raise NotImplementedError
