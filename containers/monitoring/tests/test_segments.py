"""Segments: rates per value, gaps, and values that are too small."""

from __future__ import annotations

import pandas as pd
import pytest

from monitoring.segments import Segments


def segments(task: str, predictions: list[object], jobs: list[object], labels: list[object] | None = None) -> Segments:
    features = pd.DataFrame({"job": jobs})
    pairs = pd.DataFrame({"prediction": predictions, "label": labels or [None] * len(jobs), "segment job": jobs})
    answers = pd.Series(predictions)
    return Segments(features, answers, pairs if labels else pairs.iloc[:0], task, ("no", "yes"))


def test_selection_rates_and_their_gap() -> None:
    result = segments("binary", [0.9] * 30 + [0.1] * 10 + [0.1] * 40, ["a"] * 40 + ["b"] * 40).of("job", None)
    assert {value.value: value.selection_rate for value in result.values} == {"a": 0.75, "b": 0.0}
    assert result.selection_rate_gap == 0.75 and result.true_positive_rate_gap is None


def test_true_positive_rates_and_their_gap() -> None:
    predictions = [0.9] * 40 + [0.9] * 20 + [0.1] * 20
    result = segments("binary", predictions, ["a"] * 40 + ["b"] * 40, ["yes"] * 80).of("job", None)
    assert {value.value: value.true_positive_rate for value in result.values} == {"a": 1.0, "b": 0.5}
    assert result.true_positive_rate_gap == 0.5


def test_mean_errors_of_a_regression() -> None:
    result = segments("regression", [2.0] * 80, ["a"] * 40 + ["b"] * 40, [1.0] * 40 + [4.0] * 40).of("job", None)
    assert {value.value: value.mean_error for value in result.values} == {"a": 1.0, "b": -2.0}
    assert result.mean_error_gap == 3.0


def test_accuracies_of_a_multiclass_task() -> None:
    result = segments("multiclass", ["x"] * 80, ["a"] * 40 + ["b"] * 40, ["x"] * 60 + ["y"] * 20).of("job", None)
    assert result.accuracy_gap == 0.5


def test_small_value_has_its_count_only() -> None:
    result = segments("binary", [0.9] * 45, ["a"] * 40 + ["b"] * 5).of("job", None)
    small = result.values[1]
    assert (small.value, small.records, small.too_small, small.selection_rate) == ("b", 5, True, None)
    assert result.selection_rate_gap is None


def test_numeric_column_is_cut_at_the_baseline_quartiles() -> None:
    result = segments("binary", [0.9] * 80, [float(age) for age in range(80)]).of("job", pd.Series(range(101)) * 0.8)
    assert [value.value for value in result.values] == ["below 20", "20 to 40", "40 to 60", "from 60"]


@pytest.mark.parametrize("column", ["job", "town"])
def test_column_without_values_has_a_note(column: str) -> None:
    result = segments("binary", [0.9] * 40, [None] * 40).of(column, None)
    assert result.note == "no request has a value of this column" and not result.values


def test_missing_values_are_a_segment() -> None:
    result = segments("binary", [0.9] * 80, ["a"] * 40 + [None] * 40).of("job", None)
    assert {value.value for value in result.values} == {"a", "missing"}
