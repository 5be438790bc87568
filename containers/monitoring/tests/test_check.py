"""A window's status: skipped, no drift, drift."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from windows import baseline, sample, settings, window

from monitoring.check import check
from monitoring.settings import SettingsError


def test_window_like_the_baseline_has_no_drift() -> None:
    result = check(settings(), baseline(sample(500)), window(sample(300, 1)))
    assert (result.status, result.reason, result.drifted_share) == ("no_drift", None, 0.0)
    assert [column.name for column in result.columns] == ["age", "balance", "job", "loan"]


@pytest.mark.parametrize(("share", "status"), [(0.2, "drift"), (0.25, "no_drift")])
def test_share_may_reach_its_threshold_but_not_exceed_it(share: float, status: str) -> None:
    result = check(settings(drift={"share": share}), baseline(sample(500)), window(sample(300, 1, shift=2)))
    assert (result.status, result.drifted_share) == (status, 0.25)
    assert result.worst and result.worst.name == "age" and result.worst.severity > 1


@pytest.mark.parametrize("size", [0, 1, 49])
def test_few_records_are_skipped_and_not_compared(size: int) -> None:
    result = check(settings(), baseline(sample(500)), window(sample(size, 1, shift=9)))
    assert (result.status, result.columns, result.drifted_share) == ("skipped", [], None)
    assert result.reason == f"{size} records, fewer than minimum_records (50)"


def test_one_record_is_skipped_even_where_one_is_enough() -> None:
    result = check(settings(minimum_records=1), baseline(sample(500)), window(sample(1, 1, shift=9)))
    assert (result.status, result.drifted_share, result.worst) == ("skipped", None, None)
    assert "no column could be compared" in (result.reason or "")
    assert {column.note for column in result.columns} == {"fewer than 20 values in the baseline or in the window"}


def test_answers_without_requests_compare_only_predictions() -> None:
    before, now = (pd.Series(np.random.default_rng(seed).normal(seed * 3, 1, 300)) for seed in (0, 1))
    only_answers = window(sample(0), predictions=now)
    result = check(settings(), baseline(sample(500), predictions=before), only_answers)
    assert (result.status, result.columns) == ("skipped", [])
    assert "no request is known" in (result.reason or "")
    assert result.prediction and result.prediction.drifted


def test_predicted_classes_are_compared_as_categories() -> None:
    before, now = pd.Series(["a", "b"] * 250).astype(object), pd.Series(["a"] * 300).astype(object)
    result = check(settings(), baseline(sample(500), before), window(sample(300, 1), now))
    assert result.prediction and result.prediction.type == "categorical" and result.prediction.drifted


def test_skipped_window_still_has_its_quality() -> None:
    pairs = pd.DataFrame({"prediction": [0.9] * 60, "label": ["1"] * 60})
    binary = settings(task="binary", quality={"metric": "recall", "at_least": 0.5})
    result = check(binary, baseline(sample(500), classes=("0", "1")), window(sample(3), pairs=pairs))
    assert result.status == "skipped" and result.quality and result.quality.passed


def test_counts_of_the_readers_reach_the_result() -> None:
    counts = {"unreadable": {"cut off": 2}, "invalid": {"age": 3, "balance": 0}, "unknown_columns": {"zip": 4}}
    quality = check(settings(), baseline(sample(500)), window(sample(300, 1), **counts)).data_quality
    assert (quality.unreadable, quality.unknown_columns) == ({"cut off": 2}, {"zip": 4})
    assert quality.invalid_values == {"age": 3}


@pytest.mark.parametrize(
    ("change", "key"),
    [({"drift": {"ignore": ["agee"]}}, "drift.ignore"), ({"segments": ["agee"], "task": "binary"}, "segments")],
)
def test_column_that_the_baseline_lacks_is_refused(change: dict[str, object], key: str) -> None:
    with pytest.raises(
        SettingsError, match=f"{key}: the baseline has no column 'agee'; it has age, balance, job, loan"
    ):
        check(settings(**change), baseline(sample(500)), window(sample(300)))
