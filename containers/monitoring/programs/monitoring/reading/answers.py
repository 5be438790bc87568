"""The body of an answer as one prediction per record.

What counts as the prediction depends on the workload's task:

- regression: a number, the first of several.
- binary: a score where the model gives one, the last of two probabilities; otherwise the class.
- multiclass: the class; of a vector of probabilities, the class with the highest. A vector has no names: its order is
  that of the target's values in the baseline, sorted as scikit-learn's `classes_` are, or else 0, 1, 2...
- without a task: the first value, whatever it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitoring.reading.layout import UnreadableError
from monitoring.reading.requests import CSV, JSON, JSON_LINES, media_type
from monitoring.reading.values import Value, category, number, number_or_category

ENVELOPES = ("predictions", "outputs", "results", "SageMakerOutput")
KEYS = {
    "regression": ("prediction", "predicted_value", "value", "score", "output"),
    "binary": ("label", "score", "probability", "probabilities", "prediction", "predicted_label", "class", "output"),
    "multiclass": ("label", "predicted_label", "prediction", "class", "probabilities", "scores", "score", "output"),
    "": ("prediction", "predicted_value", "predicted_label", "label", "score", "probabilities", "value", "output"),
}
"""Names under which servers give a prediction, the best first. Hugging Face's `score` is that of its `label`, whichever
it is, so the label goes first; linear learner's `score` is that of the class 1."""
SUM_TOLERANCE = 0.01


@dataclass(frozen=True)
class Task:
    """What a model predicts, and the names of its classes in the order of its probabilities."""

    name: str = ""
    classes: Sequence[str] = ()

    def prediction(self, value: object) -> Value:
        """What one record's part of an answer says; None if it says nothing, or says it too deeply nested."""
        try:
            return self._of_any(value)
        except RecursionError:
            return None

    def _of_any(self, value: object) -> Value:
        if isinstance(value, Mapping):
            return self.prediction(self.chosen(value))
        if isinstance(value, list):
            return self.of_several(value)
        if self.name == "multiclass":
            return category(value)
        return number(value) if self.name == "regression" else number_or_category(value)

    def chosen(self, value: Mapping[str, object]) -> object:
        """The member of an object that holds the prediction; None if none does."""
        return next((value[name] for name in KEYS[self.name] if name in value), None)

    def of_several(self, values: list[object]) -> Value:
        """The prediction in several columns, or in a vector of probabilities."""
        if not values:
            return None
        if len(values) > 1 and self.name in {"binary", "multiclass"} and (figures := probabilities(values)):
            if self.name == "binary" and len(figures) == 2:
                return figures[-1]
            best = figures.index(max(figures))
            return self.classes[best] if len(figures) == len(self.classes) else str(best)
        return self.prediction(values[0])


def probabilities(values: list[object]) -> list[float] | None:
    """The values as a vector of probabilities, which sum up to 1; None if they are something else."""
    figures = [figure for value in values if (figure := number(value)) is not None and figure >= 0]
    return figures if len(figures) == len(values) and abs(sum(figures) - 1) < SUM_TOLERANCE else None


def read_answer(body: str, content_type: str, records: int | None, task: Task, *, header: bool = False) -> list[Value]:
    """One prediction per record of the request; `records` is None where the request is not known.

    A model that took a request's header for a record answered it too, which is left out. UnreadableError if the answer
    can't be read, or has another number of predictions.
    """
    items = read_items(body, content_type, records)
    if header and records is not None and len(items) == records + 1:
        items = items[1:]
    if records is not None and len(items) != records:
        raise UnreadableError("an answer with more or fewer predictions than the request has records")
    return [task.prediction(item) for item in items]


def read_items(body: str, content_type: str, records: int | None) -> list[object]:
    """The parts of an answer, each for one record."""
    kind = media_type(content_type)
    if kind not in {CSV, JSON, JSON_LINES}:
        raise UnreadableError(f"an answer of content type {kind or 'unknown'}")
    if kind == CSV and not body.lstrip().startswith(("[", "{")):  # servers say text/csv of JSON, too
        return csv_items(body, records)
    try:
        return json_items(json.loads(body), records)
    except RecursionError:
        raise UnreadableError("an answer that can't be parsed") from None
    except ValueError:
        return json_line_items(body)


def csv_items(body: str, records: int | None) -> list[object]:
    """A line per record; or all predictions on one line, as older versions of the built-in XGBoost write them."""
    try:
        lines = [cells for cells in csv.reader(io.StringIO(body), skipinitialspace=True) if cells]
    except csv.Error:
        raise UnreadableError("an answer that can't be parsed") from None
    if not lines:
        raise UnreadableError("an empty answer")
    if len(lines) == 1 and records and records > 1 and len(lines[0]) == records:
        return list(lines[0])
    return list(lines)


def json_line_items(body: str) -> list[object]:
    """A JSON value per line."""
    lines = [line for line in body.splitlines() if line.strip()]
    if not lines:
        raise UnreadableError("an empty answer")
    try:
        return [item for line in lines for item in json_items(json.loads(line), 1)]
    except (ValueError, RecursionError):
        raise UnreadableError("an answer that can't be parsed") from None


def json_items(value: object, records: int | None) -> list[object]:
    """The parts of a parsed document. One record's list of numbers is a vector; several records' one number each."""
    value = _without_envelopes(value)
    if isinstance(value, Mapping):
        columns = [cell for cell in value.values() if isinstance(cell, list) and records and len(cell) == records > 1]
        if columns and len(columns) == len(value):  # a list of values per name
            return [dict(zip(value, cells, strict=True)) for cells in zip(*columns, strict=True)]
        return [value]
    if not isinstance(value, list):
        return [value]
    if len(value) == 1 and isinstance(value[0], list) and records and len(value[0]) == records > 1:
        return list(value[0])
    if records == 1 and len(value) > 1 and not any(isinstance(item, list) for item in value):
        return [value]
    return value


def _without_envelopes(value: object) -> object:
    while isinstance(value, Mapping) and (name := next(filter(value.__contains__, ENVELOPES), None)):
        value = value[name]
    return value
