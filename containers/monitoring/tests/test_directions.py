"""The table of tests: each is read in evidently's own direction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evidently.legacy.calculations.stattests import get_stattest

from monitoring.drift_tests import FEATURE_TYPES, TESTS, DriftTest, check_name
from monitoring.settings import SettingsError

CASES = [pytest.param(test, kind, id=f"{test.name}-{kind}") for test in TESTS.values() for kind in test.kinds]


def columns(kind: str, shift: float) -> tuple[pd.Series, pd.Series]:
    random = np.random.default_rng(3)
    before, now = random.normal(0, 1, 400), random.normal(shift, 1, 300)
    if kind == "categorical":
        return pd.Series(np.where(before > 0, "a", "b")), pd.Series(np.where(now > 0, "a", "b"))
    return pd.Series(before), pd.Series(now)


@pytest.mark.parametrize(("test", "kind"), CASES)
@pytest.mark.parametrize("shift", [0.0, 2.0])
@pytest.mark.parametrize("nearness", [0.5, 0.999, 1.001, 2.0])
def test_verdict_equals_evidently_on_both_sides(test: DriftTest, kind: str, shift: float, nearness: float) -> None:
    before, now = columns(kind, shift)
    threshold = test.score(before, now, kind) * nearness
    verdict = get_stattest(before, now, FEATURE_TYPES[kind], test.name)(before, now, FEATURE_TYPES[kind], threshold)
    assert test.drifted(verdict.drift_score, threshold) == verdict.drifted


@pytest.mark.parametrize(("test", "kind"), CASES)
def test_shift_moves_score_towards_drift(test: DriftTest, kind: str) -> None:
    same, shifted = (test.score(*columns(kind, shift), kind) for shift in (0.0, 2.0))
    assert shifted < same if test.drifted_when == "below" else shifted > same


@pytest.mark.parametrize("test", TESTS.values(), ids=lambda test: test.name)
def test_severity_is_above_one_exactly_where_drifted(test: DriftTest) -> None:
    for threshold in (0.001, 0.05, 0.3):
        for score in (threshold / 1.01, threshold * 1.01):
            assert (test.severity(score, threshold) > 1) == test.drifted(score, threshold)
        assert test.severity(threshold, threshold) == pytest.approx(1)


def test_p_value_of_one_has_no_severity() -> None:
    assert str(TESTS["ks"].severity(1.0, 0.001)) == "0.0"


def test_p_value_of_zero_has_a_finite_severity() -> None:
    assert np.isfinite(TESTS["ks"].severity(0.0, 0.001))


def test_defaults_are_those_of_evidently() -> None:
    for test in TESTS.values():
        for kind in test.kinds:
            before, now = columns(kind, 0.0)
            assert get_stattest(before, now, FEATURE_TYPES[kind], test.name).default_threshold == test.default


@pytest.mark.parametrize("name", ["mannw", "chisquare", "anderson", "psy"])
def test_test_that_is_not_offered_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"drift.tests: '{name}' is not offered; write auto, ks"):
        check_name(name)
