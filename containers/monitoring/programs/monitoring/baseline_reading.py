"""A baseline with its model's predictions, read back: wholly, or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monitoring.frames import frame, series
from monitoring.reading.answer_files import BROKEN, AnswerFile
from monitoring.reading.answers import Task
from monitoring.reading.layout import NUMERIC, Layout
from monitoring.reading.request_files import NO_TEXT
from monitoring.reading.training_files import BaselineError
from monitoring.reading.values import Value, category, number

if TYPE_CHECKING:
    from monitoring.settings import Settings


@dataclass
class Baseline:
    """What a window is compared with."""

    training_job: str
    records: int
    """Rows of the whole training split; `sample` may hold fewer."""
    columns: dict[str, str]
    """The types of the features, numeric or categorical, in the order in which a request has them."""
    target: str | None
    classes: list[str]
    """The target's values in the order of scikit-learn's `classes_`; empty if it is a number."""
    statistics: dict[str, dict[str, Any]]
    """Per column, the target's too: what `ColumnStatistics.summary` says."""
    sample: pd.DataFrame
    """The features, as in `Window.features`."""
    labels: pd.Series
    """The target of each row of the sample, as in `Window.pairs`; empty where there is no target."""
    predictions: pd.Series
    """The model's prediction for each row of the sample, as in `Window.predictions`."""


def read_baseline(folder: Path, settings: Settings) -> Baseline:
    """The baseline of the settings' training job; BaselineError if it is another's, or not whole."""
    description = _description(folder, settings)
    statistics, target = description["columns"], description["target"]
    types = {name: column["type"] for name, column in statistics.items() if name != target}
    rows = _sample(folder / "sample.csv", list(statistics), description["sample_rows"])
    layout = Layout(types)
    features = [index for index, name in enumerate(statistics) if name != target]
    values = [[convert(row[index]) for convert, index in zip(layout.converters, features, strict=True)] for row in rows]
    return Baseline(
        training_job=description["training_job"],
        records=description["records"],
        columns=types,
        target=target,
        classes=description["classes"],
        statistics=statistics,
        sample=frame(values, types),
        labels=series(_labels(rows, statistics, target), "label"),
        predictions=series(_predictions(folder, description, settings), "prediction"),
    )


def _description(folder: Path, settings: Settings) -> dict[str, Any]:
    """`baseline.json`, which is of the deployed model's training job."""
    try:
        description = json.loads((folder / "baseline.json").read_text("utf-8"))
    except FileNotFoundError:
        raise BaselineError(f"training job {settings.training_job} has no baseline: baseline.json is missing") from None
    except (ValueError, OSError):
        raise BaselineError(f"the baseline of {settings.training_job} is broken: baseline.json is no JSON") from None
    keys = {"version", "training_job", "records", "sample_rows", "content_type", "target", "classes", "columns"}
    if not isinstance(description, dict) or not keys <= description.keys() or description["version"] != 1:
        raise BaselineError(f"the baseline of {settings.training_job} is broken: baseline.json lacks keys")
    for job in (settings.baseline_job, description["training_job"]):
        if job != settings.training_job:
            raise BaselineError(
                f"the baseline is that of {job}, but the deployed model is that of {settings.training_job}"
            )
    return description


def _sample(path: Path, columns: list[str], count: int) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as text:
            header, *rows = list(csv.reader(text)) or [[]]
    except FileNotFoundError:
        raise BaselineError("the baseline is not whole: sample.csv is missing") from None
    if header != columns or len(rows) != count or any(len(row) != len(columns) for row in rows):
        raise BaselineError(f"the baseline is not whole: sample.csv should have {count} rows of {columns}")
    return rows


def _labels(rows: list[list[str]], statistics: Mapping[str, dict[str, Any]], target: str | None) -> list[Value]:
    if target is None:
        return []
    index = list(statistics).index(target)
    convert = number if statistics[target]["type"] == NUMERIC else category
    return [convert(row[index]) for row in rows]


def _predictions(folder: Path, description: Mapping[str, Any], settings: Settings) -> list[Value]:
    """One prediction per row of the sample, in its order, as the transform job wrote them."""
    name = "features.csv.out" if description["content_type"] == "text/csv" else "features.jsonl.out"
    file, count = AnswerFile(folder / "predictions" / name), description["sample_rows"]
    try:
        per_line = file.count() == count
        items = [part.item for part in file.parts(line_per_record=per_line)]
    except FileNotFoundError:
        raise BaselineError(f"the baseline is not whole: predictions/{name} is missing") from None
    except NO_TEXT:
        raise BaselineError(f"the baseline is not whole: predictions/{name} is no text") from None
    if len(items) != count:
        raise BaselineError(f"the baseline has {count} rows, but predictions/{name} has {len(items)}")
    task = Task(settings.task or "", description["classes"])
    predictions = [None if item is BROKEN else task.prediction(item) for item in items]
    if None in predictions:
        raise BaselineError(f"predictions/{name} has no prediction that can be read for row {predictions.index(None)}")
    return predictions
