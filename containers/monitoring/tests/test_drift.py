"""Which columns are named, whatever their values are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from windows import sample

from monitoring.drift import Rules, compare, drifted_share, sides, worst
from monitoring.result import ColumnResult
from monitoring.settings import Drift

COLUMNS = 12


def compared(before: pd.Series, now: pd.Series | None, kind: str = "numeric", **drift: object) -> ColumnResult:
    sizes = len(before), len(before if now is None else now)
    return compare(sides("x", kind, before, now, {}, sizes), Rules(Drift.model_validate(drift), COLUMNS, 0))


def numbers(size: int, seed: int, shift: float = 0.0) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).normal(shift, 1, size))


def words(size: int, seed: int, names: str = "abc") -> pd.Series:
    return pd.Series(np.random.default_rng(seed).choice(list(names), size)).astype(object)


@pytest.mark.parametrize(("reference", "current"), [(500, 200), (500, 5000), (5000, 500), (5000, 5000)])
def test_resamples_of_one_distribution_name_no_column(reference: int, current: int) -> None:
    kinds = {"age": "numeric", "balance": "numeric", "job": "categorical", "loan": "categorical"}
    for seed in range(4):
        before, now = sample(reference, seed), sample(current, seed + 100)
        drifted = [name for name, kind in kinds.items() if compared(before[name], now[name], kind).drifted]
        assert not drifted, f"seed {seed}"


@pytest.mark.parametrize(("reference", "current"), [(500, 200), (5000, 500), (5000, 5000)])
def test_shift_of_one_standard_deviation_is_named(reference: int, current: int) -> None:
    before, now = sample(reference), sample(current, 1)
    for name in ("age", "balance"):
        assert compared(before[name], now[name] + before[name].std()).drifted


def test_few_records_are_compared_by_p_value_many_by_distance() -> None:
    few, many = compared(numbers(500, 0), numbers(200, 1)), compared(numbers(5000, 0), numbers(5000, 1))
    assert (few.test, few.drifted_when, many.test, many.drifted_when) == ("ks", "below", "wasserstein", "above")
    assert few.threshold == pytest.approx(0.01 / COLUMNS)


def stars(size: int, seed: int, *weights: float) -> pd.Series:
    """Ratings from one to three."""
    return pd.Series(np.random.default_rng(seed).choice([1.0, 2.0, 3.0], size, p=weights))


@pytest.mark.parametrize(("declared", "test"), [(False, "jensenshannon"), (True, "wasserstein")])
def test_few_values_are_categories_unless_the_column_is_declared_numeric(declared: bool, test: str) -> None:
    before, rules = stars(5000, 0, 0.2, 0.5, 0.3), Rules(Drift(), COLUMNS, 0, frozenset({"x"} if declared else ()))
    for now, drifted in ((stars(5000, 1, 0.2, 0.5, 0.3), False), (stars(5000, 1, 0.6, 0.3, 0.1), True)):
        result = compare(sides("x", "numeric", before, now, {}, (5000, 5000)), rules)
        assert (result.test, result.drifted) == (test, drifted)


@pytest.mark.parametrize("size", [200, 5000])
def test_few_declared_numbers_raise_no_false_alarm(size: int) -> None:
    rules = Rules(Drift(), COLUMNS, 0, frozenset({"x"}))
    for seed in range(10):
        before, now = stars(2000, seed, 0.2, 0.5, 0.3), stars(size, seed + 100, 0.2, 0.5, 0.3)
        assert not compare(sides("x", "numeric", before, now, {}, (2000, size)), rules).drifted


def test_threshold_of_a_distance_falls_with_the_records() -> None:
    small, large = (compared(words(size, 0), words(size, 1), "categorical") for size in (100, 5000))
    assert small.threshold and large.threshold and small.threshold > large.threshold == 0.1


def test_trivial_shift_of_many_records_is_no_drift() -> None:
    assert not compared(numbers(5000, 0), numbers(5000, 1, shift=0.05)).drifted


def test_threshold_of_a_column_holds_as_it_is() -> None:
    result = compared(numbers(500, 0), numbers(200, 1, shift=0.5), columns={"x": 0.9})
    assert (result.test, result.threshold, result.drifted) == ("wasserstein", 0.9, False)


def test_threshold_of_a_p_value_is_not_read_as_a_distance() -> None:
    before, now = (pd.Series(np.random.default_rng(seed).integers(0, 4, 500) * 1.0) for seed in (0, 1))
    result = compared(before, now, tests="ks", columns={"x": 0.001})
    assert (result.test, result.drifted) == ("jensenshannon", False)
    result = compared(words(500, 0), words(500, 1), "categorical", tests="ks", columns={"x": 0.5})
    assert (result.test, result.threshold) == ("jensenshannon", 0.5)


def test_named_test_gives_way_where_it_does_not_fit() -> None:
    assert compared(numbers(500, 0), numbers(500, 1), tests="psi").test == "psi"
    assert compared(words(500, 0), words(500, 1), "categorical", tests="ks").test == "jensenshannon"
    assert compared(words(500, 0, "ab"), words(500, 1, "ab"), "categorical", tests="z").test == "z"
    assert compared(words(500, 0, "abc"), words(500, 1, "abc"), "categorical", tests="z").test == "jensenshannon"


def test_test_that_cannot_be_computed_gives_way() -> None:
    mostly_zero = pd.Series([0.0] * 450 + [float(number) for number in range(50)])
    result = compared(mostly_zero, mostly_zero.copy(), tests="es")  # the range between its quartiles is zero
    assert (result.test, result.drifted) == ("ks", False)


def test_ignored_column_is_not_compared() -> None:
    result = compared(numbers(500, 0), numbers(500, 1, shift=9), ignore=["x"])
    assert (result.test, result.drifted, result.note) == (None, False, "ignored")


def test_column_without_values_in_the_window_drifts() -> None:
    result = compared(numbers(500, 0), pd.Series([np.nan] * 300))
    assert (result.test, result.missing_share, result.drifted) == ("missing_share", 1.0, True)


def test_column_that_no_request_has_drifts() -> None:
    result = compared(numbers(500, 0), None)
    assert (result.test, result.missing_share, result.drifted) == ("missing_share", 1.0, True)


def test_column_that_gets_its_first_values_drifts() -> None:
    result = compared(pd.Series([np.nan] * 500), numbers(300, 1))
    assert (result.test, result.baseline_missing_share, result.drifted) == ("missing_share", 1.0, True)


def test_column_without_values_on_either_side_is_not_compared() -> None:
    result = compared(pd.Series([np.nan] * 500), pd.Series([np.nan] * 300))
    assert (result.test, result.note) == (None, "no values in the baseline and in the window")


def test_few_more_missing_values_are_no_drift() -> None:
    now = numbers(1000, 1)
    now[:50] = np.nan
    assert not compared(numbers(1000, 0), now).drifted


@pytest.mark.parametrize(("value", "drifted"), [(3.0, False), (4.0, True)])
def test_constant_column_drifts_only_to_another_value(value: float, drifted: bool) -> None:
    result = compared(pd.Series([3.0] * 500), pd.Series([value] * 300))
    assert result.drifted is drifted


def test_categories_never_seen_in_the_baseline_drift() -> None:
    assert compared(words(500, 0), words(300, 1, "xyz"), "categorical").drifted


def test_one_record_with_an_unseen_category_is_no_drift() -> None:
    now = words(300, 1)
    now[0] = "never seen"
    assert not compared(words(500, 0), now, "categorical").drifted


@pytest.mark.parametrize(("share", "drifted"), [(0.2, False), (0.6, True)])
def test_boolean_column_drifts_by_its_share_of_true(share: float, drifted: bool) -> None:
    random = np.random.default_rng(5)
    before = pd.Series(np.where(random.random(500) < 0.2, "true", "false")).astype(object)
    now = pd.Series(np.where(random.random(400) < share, "true", "false")).astype(object)
    assert compared(before, now, "categorical").drifted is drifted


def test_text_with_a_distinct_value_per_row_is_an_identifier() -> None:
    before = pd.Series([f"a{number}" for number in range(500)]).astype(object)
    now = pd.Series([f"b{number}" for number in range(300)]).astype(object)
    result = compared(before, now, "categorical")
    assert result.test is None and not result.drifted and "an identifier" in (result.note or "")


def test_infinite_values_count_as_missing() -> None:
    result = compared(numbers(500, 0), pd.Series([np.inf] * 150 + list(numbers(150, 1))))
    assert (result.missing_share, result.drifted, result.test) == (0.0, False, "ks")


def test_share_is_of_the_compared_columns() -> None:
    columns = [
        ColumnResult(name="a", type="numeric", test="ks", drifted=True, severity=3),
        ColumnResult(name="b", type="numeric", test="ks", severity=0.5),
        ColumnResult(name="c", type="categorical", note="ignored"),
    ]
    assert drifted_share(columns) == 0.5
    assert (worst(columns) or columns[0]).name == "a"


def test_no_compared_column_has_no_share() -> None:
    assert drifted_share([ColumnResult(name="c", type="numeric")]) is None
    assert worst([]) is None
