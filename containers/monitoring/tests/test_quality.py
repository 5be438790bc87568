"""Quality by labels: right values, and a note where there is none."""

from __future__ import annotations

import pandas as pd
import pytest

from monitoring.labels import LabelCounts
from monitoring.quality import measure
from monitoring.result import QualityResult
from monitoring.settings import Quality

CLASSES = ("no", "yes")


def measured(metric: str, labels: list[object], predictions: list[object], **options: object) -> QualityResult:
    pairs = pd.DataFrame({"prediction": predictions, "label": labels})
    task = options.get("task", "binary")
    bound = {"at_most": 1.0} if metric in ("mae", "rmse") else {"at_least": 0.6}
    classes = options.get("classes", CLASSES)
    quality = Quality.model_validate({"metric": metric, **bound})
    return measure(pairs, LabelCounts(labelled=len(pairs)), quality, task, classes, options.get("fewest", 2))


LABELS: list[object] = ["yes", "yes", "no", "no"]


@pytest.mark.parametrize(
    ("metric", "value", "passed"),
    [
        ("accuracy", 0.75, True),
        ("precision", 1.0, True),
        ("recall", 0.5, False),
        ("f1", 2 / 3, True),
        ("auc", 1.0, True),
    ],
)
def test_binary_metrics_of_probabilities(metric: str, value: float, passed: bool) -> None:
    result = measured(metric, LABELS, [0.9, 0.4, 0.3, 0.2])
    assert result.value == pytest.approx(value) and result.passed is passed


@pytest.mark.parametrize(("metric", "value"), [("accuracy", 0.75), ("precision", 1.0), ("recall", 0.5)])
def test_binary_metrics_of_classes(metric: str, value: float) -> None:
    assert measured(metric, LABELS, ["yes", "no", "no", "no"]).value == value


def test_classes_that_are_numbers_meet_labels_that_are_texts() -> None:
    assert measured("accuracy", ["1", "0", "1", "0"], [1.0, 0.0, 1.0, 1.0], classes=("0", "1")).value == 0.75
    assert measured("recall", ["2", "1", "2", "1"], [2.0, 1.0, 1.0, 1.0], classes=("1", "2")).value == 0.5


def test_probabilities_of_exactly_0_and_1_are_no_classes() -> None:
    predictions: list[object] = [1.0, 1.0, 0.0, 1.0]
    assert measured("accuracy", LABELS, predictions).value == 0.75
    assert measured("recall", LABELS, predictions).value == 1.0


def test_labels_that_are_no_class_do_not_count_as_negative() -> None:
    assert measured("accuracy", [*LABELS, "maybe"], [0.9, 0.4, 0.3, 0.2, 0.1]).value == 0.75
    result = measured("accuracy", ["1", "0"], [0.9, 0.1])
    assert (result.value, result.note) == (None, "0 labels are one of no, yes, fewer than 2")


def test_predictions_that_are_no_class_have_no_accuracy() -> None:
    assert (
        measured("accuracy", LABELS, [2.5, -1.0, 0.5, 3.0]).note == "no prediction is a probability or one of no, yes"
    )


def test_regression_metrics() -> None:
    labels, predictions = [1.0, 2.0, 3.0], [1.0, 3.0, 5.0]
    results = {name: measured(name, labels, predictions, task="regression") for name in ("mae", "rmse", "r2")}
    assert results["mae"].value == pytest.approx(1) and results["mae"].passed
    assert results["rmse"].value == pytest.approx((5 / 3) ** 0.5) and results["rmse"].passed is False
    assert results["r2"].value == pytest.approx(-1.5)


def test_multiclass_metrics() -> None:
    labels, predictions = ["a", "b", "c", "c"], ["a", "b", "c", "a"]
    assert measured("accuracy", labels, predictions, task="multiclass").value == 0.75
    assert measured("f1_macro", labels, predictions, task="multiclass").value == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)


@pytest.mark.parametrize(
    ("metric", "labels", "predictions", "note"),
    [
        ("auc", ["yes", "yes"], [0.3, 0.4], "all labels are of one class"),
        ("auc", ["yes", "no"], ["yes", "no"], "auc needs probabilities, and the model answers with classes"),
        ("recall", ["no", "no"], [0.9, 0.2], "no label is positive"),
        ("precision", ["yes", "no"], [0.1, 0.2], "no labelled record was predicted positive"),
        ("f1", ["no", "no"], [0.1, 0.2], "no labelled record is or was predicted positive"),
        ("accuracy", ["yes"], [0.1], "1 labelled records, fewer than 2"),
        ("accuracy", [], [], "0 labelled records, fewer than 2"),
    ],
)
def test_undefined_metric_has_a_note_and_no_verdict(
    metric: str, labels: list[object], predictions: list[object], note: str
) -> None:
    result = measured(metric, labels, predictions)
    assert (result.value, result.passed, result.note) == (None, None, note)


def test_equal_labels_have_no_r2() -> None:
    assert measured("r2", [1.0, 1.0], [1.0, 2.0], task="regression").note == "all labels are equal"
