"""Which columns of a window have drifted from the baseline, and whether the model's predictions have.

Note: a column can drift in two ways, by its values and by how many are missing. The worse one is reported.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from monitoring.drift_tests import (
    FAMILY_ERROR,
    FEW_VALUES,
    TESTS,
    DriftTest,
    Kind,
    choose,
    effective_records,
    sized_threshold,
)
from monitoring.result import ColumnResult, Worst
from monitoring.settings import Drift

FEWEST_VALUES = 20
"""Below this many values in the baseline or the window, values are not compared: no test says anything."""
LARGEST = 1e150
"""Larger numbers count as this one, because tests sum squares, which would be infinite."""
IDENTIFIER_SHARE = 0.9
"""A column of text with this share of distinct values is an identifier."""
MISSING_DIFFERENCE = 0.1
"""How much the share of missing values must change to matter, whatever the number of records."""
PREDICTION = "prediction"
Outcome = dict[str, Any]
"""The members of a `ColumnResult` that a test gives."""


@dataclass(frozen=True)
class Sides:
    """One column in the baseline and in the window: samples without missing values, and the shares of missing ones."""

    name: str
    kind: Kind
    reference: pd.Series
    current: pd.Series
    reference_missing: float
    current_missing: float
    records: tuple[int, int]


@dataclass(frozen=True)
class Rules:
    """The settings' section `drift`, and for how many comparisons the chance of an error is shared."""

    drift: Drift
    comparisons: int
    seed: int
    numeric: frozenset[str] = frozenset()
    """Columns that the workload declares numeric: they are compared as numbers, however few values they have."""


def drifted_share(columns: Sequence[ColumnResult]) -> float | None:
    """The share of drifted columns among those that were compared; None if none was."""
    compared = [column for column in columns if column.test]
    return sum(column.drifted for column in compared) / len(compared) if compared else None


def worst(columns: Sequence[ColumnResult]) -> Worst | None:
    """The column with the highest severity; None if none was compared."""
    compared = [column for column in columns if column.severity is not None]
    if not compared:
        return None
    column = max(compared, key=lambda column: column.severity or 0)
    return Worst(name=column.name, severity=column.severity or 0)


def sides(
    name: str,
    kind: Kind,
    reference: pd.Series,
    current: pd.Series | None,
    missing: Mapping[str, int],
    records: tuple[int, int],
) -> Sides:
    """Prepare a column; `missing` has exact counts of the window, `records` the rows that the shares are of."""
    current = reference.iloc[:0] if current is None else current
    counted = missing.get(name, int(current.isna().sum()) if len(current) else records[1])
    return Sides(
        name=name,
        kind=kind,
        reference=_clean(reference, kind),
        current=_clean(current, kind),
        reference_missing=float(reference.isna().mean()) if len(reference) else 1.0,
        current_missing=min(1.0, counted / records[1]) if records[1] else 1.0,
        records=records,
    )


def _clean(values: pd.Series, kind: Kind) -> pd.Series:
    if kind == "numeric":
        values = pd.to_numeric(values, errors="coerce").replace([np.inf, -np.inf], np.nan).astype(float)
        return values.dropna().clip(-LARGEST, LARGEST).reset_index(drop=True)
    return values.dropna().astype(str).reset_index(drop=True)


def compare(column: Sides, rules: Rules) -> ColumnResult:
    """The result of one column, or of the prediction."""
    blank = ColumnResult(
        name=column.name,
        type=column.kind,
        missing_share=column.current_missing,
        baseline_missing_share=column.reference_missing,
    )
    if note := _reason_not_to_compare(column, rules.drift.ignore):
        return blank.model_copy(update={"note": note})
    values, missing = _values(column, rules), _missing(column, rules)
    if not values and not missing["drifted"]:
        return blank.model_copy(update={"note": f"fewer than {FEWEST_VALUES} values in the baseline or in the window"})
    return blank.model_copy(update=max([*values, missing], key=lambda outcome: outcome["severity"]))


def _reason_not_to_compare(column: Sides, ignore: Sequence[str]) -> str | None:
    if column.name in ignore:
        return "ignored"
    if column.reference.empty and column.current.empty:
        return "no values in the baseline and in the window"
    if is_identifier(column):
        return "an identifier: almost every row of the baseline has a value that no other has"
    return None


def is_identifier(column: Sides) -> bool:
    """Whether a column of text has a distinct value per row, so that new values are no drift."""
    size = len(column.reference)
    if column.kind != "categorical" or size < FEWEST_VALUES or column.name == PREDICTION:
        return False
    return column.reference.nunique() > IDENTIFIER_SHARE * size


def _values(column: Sides, rules: Rules) -> list[Outcome]:
    """The outcome of the values' comparison; none where there are too few."""
    reference, current = column.reference, column.current
    if min(len(reference), len(current)) < FEWEST_VALUES:
        return []
    kind = column.kind
    few = pd.concat([reference, current]).nunique() <= FEW_VALUES
    if kind == "numeric" and few and column.name not in rules.numeric:
        kind = "categorical"
    if kind == "categorical":
        reference, current = _codes(reference, current)
    fixed = rules.drift.columns.get(column.name)
    test, score = _scored(reference, current, kind, rules.drift.tests, fixed=fixed is not None)
    if fixed is None or _is_of_another(test, rules.drift.tests, column.kind):
        random = np.random.default_rng([rules.seed, zlib.crc32(column.name.encode())])
        fixed = sized_threshold(test, reference, current, kind, rules.comparisons, random)
    return [_outcome(test, score, fixed)]


def _is_of_another(test: DriftTest, test_name: str, kind: Kind) -> bool:
    """Whether a column's threshold is not one of this test: a p-value's, though a distance took the named test's place.

    Where the named test fits no column of this kind, the threshold was meant for the distance.
    """
    meant = TESTS.get(test_name)
    return meant is not None and kind in meant.kinds and meant.drifted_when != test.drifted_when


def _codes(reference: pd.Series, current: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers in place of the categories' names, because they are counted many times over."""
    codes = pd.Series(pd.factorize(pd.concat([reference, current], ignore_index=True))[0])
    return codes.iloc[: len(reference)], codes.iloc[len(reference) :]


def _scored(reference: pd.Series, current: pd.Series, kind: Kind, name: str, *, fixed: bool) -> tuple[DriftTest, float]:
    """The test and its score. A named test that can't be computed on these values gives way to the automatic one."""
    records = effective_records(len(reference), len(current))
    values = pd.concat([reference, current]).nunique()
    test = choose(name, kind, records, values, fixed=fixed)
    try:
        score = test.score(reference, current, kind)
    except (ValueError, ArithmeticError):
        score = math.nan
    if math.isfinite(score):
        return test, score
    test = choose("auto", kind, records, values, fixed=fixed)
    return test, test.score(reference, current, kind)


def _outcome(test: DriftTest, score: float, threshold: float) -> Outcome:
    return {
        "test": test.name,
        "score": score,
        "threshold": threshold,
        "drifted_when": test.drifted_when,
        "drifted": test.drifted(score, threshold),
        "severity": test.severity(score, threshold),
    }


MISSING = DriftTest("missing_share", ("numeric", "categorical"), "above", MISSING_DIFFERENCE)
"""Not one of evidently's: the difference between the shares of missing values."""


def _missing(column: Sides, rules: Rules) -> Outcome:
    """The outcome of the shares' comparison, against what chance does to two samples of these sizes, at least."""
    reference, current = column.records
    pooled = (column.reference_missing * reference + column.current_missing * current) / (reference + current)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / reference + 1 / current))
    chance = float(norm.isf(FAMILY_ERROR / rules.comparisons / 2)) * deviation
    score = abs(column.current_missing - column.reference_missing)
    return _outcome(MISSING, score, min(1.0, max(MISSING.default, chance)))
