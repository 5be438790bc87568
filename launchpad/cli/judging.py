"""Compares an endpoint's predictions with the true values: a table of the first rows, and a line about all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from launchpad.cli.tables import Table
from launchpad.cli.terminal import table
from launchpad.platform_client.test_set import TestSet

Prediction = float | str
MOST_CLASSES = 50
"""More distinct true values than these are measurements, not classes."""
_NUMBERS = ("row", "predicted", "true", "error")


@dataclass(frozen=True)
class Comparison:
    """Predictions next to the true values."""

    table: Table
    summary: str
    """One line about all rows; empty if predictions and true values can't be compared."""
    are_numbers: bool = False
    """Whether what is predicted is a measurement, whose errors have a size."""


def compare(tests: TestSet, predictions: Sequence[Prediction], shown_rows: int) -> Comparison:
    """Compare by kind: probabilities of class 1 by AUC and accuracy, classes by accuracy, numbers by their error."""
    if _are_probabilities(tests, predictions):
        return Comparison(_table(tests, predictions, shown_rows, []), _of_probabilities(tests, predictions))
    if _are_classes(tests, predictions):
        marks = ["" if _same(p, t) else "wrong" for p, t in zip(predictions, tests.truths, strict=True)]
        right = sum(not mark for mark in marks)
        summary = f"accuracy {right / len(marks):.3f}: {right} of {len(marks)} rows of the test set are right"
        return Comparison(_table(tests, predictions, shown_rows, marks, "verdict"), summary)
    errors = [_error(p, t) for p, t in zip(predictions, tests.truths, strict=True)]
    distances = [abs(error) for error in errors if error is not None]
    texts = ["" if error is None else f"{error:+.2f}" for error in errors]
    mean = (
        f"mean absolute error {sum(distances) / len(distances):.3g} over {len(distances)} rows of the test set"
        if distances
        else ""
    )
    numeric = len(distances) == len(predictions)
    return Comparison(_table(tests, predictions, shown_rows, texts, "error"), mean, are_numbers=numeric)


def _table(
    tests: TestSet, predictions: Sequence[Prediction], shown_rows: int, last: Sequence[str], heading: str = ""
) -> Table:
    rows = []
    for index, prediction in enumerate(predictions[:shown_rows]):
        rows.append([str(index + 1), _short(prediction), tests.truths[index], *([last[index]] if last else [])])
    columns = ["row", "predicted", "true", *([heading] if heading else [])]
    return table(f"{tests.target}: predicted and true", columns, rows, right=_NUMBERS)


def _are_probabilities(tests: TestSet, predictions: Sequence[Prediction]) -> bool:
    """Whether the true values are 0 and 1 and the predictions between them, not all at the ends."""
    if {_number(truth) for truth in tests.truths} - {0.0, 1.0}:
        return False
    numbers = [value for value in predictions if isinstance(value, int | float)]
    return len(numbers) == len(predictions) and all(0 <= value <= 1 for value in numbers) and bool({*numbers} - {0, 1})


def _are_classes(tests: TestSet, predictions: Sequence[Prediction]) -> bool:
    """Whether each prediction is one of few true values, all of them texts or whole numbers."""
    classes = {_canonical(truth) for truth in tests.truths}
    integral = all((number := _number(truth)) is None or number.is_integer() for truth in tests.truths)
    return integral and len(classes) <= MOST_CLASSES and {_canonical(value) for value in predictions} <= classes


def _of_probabilities(tests: TestSet, predictions: Sequence[Prediction]) -> str:
    pairs = [(float(p), _number(t) == 1) for p, t in zip(predictions, tests.truths, strict=True)]
    right = sum((probability >= 0.5) == true for probability, true in pairs)
    accuracy = f"accuracy {right / len(pairs):.3f} (at 0.5) over {len(pairs)} rows of the test set"
    area = auc([p for p, true in pairs if true], [p for p, true in pairs if not true])
    return f"AUC {area:.3f}, {accuracy}" if area is not None else accuracy


def auc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The area under the ROC curve: how often a positive row is above a negative one, ties by half; None without both.

    Example:
        >>> auc([0.9, 0.4], [0.4, 0.1])
        0.875
    """
    if not positives or not negatives:
        return None
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return wins / (len(positives) * len(negatives))


def _error(predicted: Prediction, true: str) -> float | None:
    number = _number(true)
    return predicted - number if isinstance(predicted, int | float) and number is not None else None


def _same(predicted: Prediction, true: str) -> bool:
    return _canonical(predicted) == _canonical(true)


def _canonical(value: Prediction) -> str:
    """Numbers that are equal as the same text: `1`, `1.0`."""
    number = _number(value)
    return str(value) if number is None else repr(number)


def _number(value: Prediction) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _short(value: Prediction) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
