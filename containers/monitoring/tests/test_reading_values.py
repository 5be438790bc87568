"""One value has one meaning, whatever format it comes in."""

from __future__ import annotations

import math

import pytest

from monitoring.reading.layout import ABSENT
from monitoring.reading.values import category, number


@pytest.mark.parametrize(("raw", "value"), [("1", 1.0), (" 2.5 ", 2.5), (3, 3.0), ("1e3", 1000.0), ("-.5", -0.5)])
def test_numbers_also_in_quotes(raw: object, value: float) -> None:
    assert number(raw) == value


@pytest.mark.parametrize("raw", ["", "NaN", None, math.nan, math.inf, "-inf", "abc", "1_000", [1], {}, ABSENT, 10**400])
def test_what_is_no_finite_number(raw: object) -> None:
    assert number(raw) is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("a ", "a"),
        ("1.0", "1"),
        (1.0, "1"),
        (1, "1"),
        ("01", "01"),
        (True, "true"),
        ("True", "true"),
        ("1.50", "1.50"),
        ("\ud800é", "?é"),
    ],
)
def test_categories_are_the_same_in_csv_and_json(raw: object, name: str) -> None:
    assert category(raw) == name


@pytest.mark.parametrize("raw", ["", " ", "NA", "null", "None", None, math.nan, [1], {"a": 1}, ABSENT])
def test_what_is_no_category(raw: object) -> None:
    assert category(raw) is None
