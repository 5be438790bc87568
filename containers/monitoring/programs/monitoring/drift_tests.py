"""The tests of evidently that are offered, in which direction each is read, and what it is read against.

Note: evidently's own docstrings call distances p-values. A p-value is drift when it is small, a distance when it is
large; `tests/test_directions.py` holds this table against evidently's verdicts.

Not offered: `mannw` is one-sided, so it sees no shift downwards; `fisher_exact` wants samples of equal size;
`anderson` gives no p-value below 0.001, which is above the threshold for many columns; `chisquare` takes the baseline's
frequencies for exact, so it finds drift in many samples of one distribution; `g_test` fails on samples of unequal size;
`empirical_mmd` and `TVD` take gigabytes or minutes for 5,000 rows; the tests of text contents are classifiers.
"""

from __future__ import annotations

import math
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from evidently.legacy.calculations.stattests import get_stattest
from evidently.legacy.core import ColumnType

from monitoring.settings import SettingsError

Kind = Literal["numeric", "categorical"]
FEATURE_TYPES: dict[Kind, ColumnType] = {"numeric": ColumnType.Numerical, "categorical": ColumnType.Categorical}
FAMILY_ERROR = 0.01
"""The chance that any column is named, though none has drifted: one in a hundred windows."""
PERMUTATIONS = 40
NOISE_DEVIATIONS = 5.0
"""How many standard deviations above its mean under no drift a distance must be. The distances' tails are longer than a
normal distribution's: 5 of its deviations leave one column in thousands."""
SMALLEST_P = 1e-300


@dataclass(frozen=True)
class DriftTest:
    """One of evidently's tests."""

    name: str
    kinds: tuple[Kind, ...]
    drifted_when: Literal["below", "above"]
    default: float
    """The threshold: for a distance, how far apart two distributions must be, whatever the number of records."""
    most_values: float = math.inf
    """How many distinct values it can compare; `z` knows one category and all others."""

    def score(self, reference: pd.Series, current: pd.Series, kind: Kind) -> float:
        """evidently's score of two samples without missing values; not finite where it can't be computed."""
        test = get_stattest(reference, current, FEATURE_TYPES[kind], self.name)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return float(test(reference, current, FEATURE_TYPES[kind], None).drift_score)

    def drifted(self, score: float, threshold: float) -> bool:
        """Whether the score is on the wrong side of the threshold."""
        return score < threshold if self.drifted_when == "below" else score >= threshold

    def severity(self, score: float, threshold: float) -> float:
        """1 at the threshold, above 1 drifted. P-values are compared by their logarithms: 1e-6 is twice 1e-3."""
        if self.drifted_when == "below":
            if threshold >= 1:
                return 1.0
            return abs(math.log(max(score, SMALLEST_P)) / math.log(max(threshold, SMALLEST_P)))  # no -0.0 for p = 1
        return score / threshold if threshold > 0 else float(score > 0)


BOTH: tuple[Kind, ...] = ("numeric", "categorical")
TESTS = {
    test.name: test
    for test in (
        DriftTest("ks", ("numeric",), "below", 0.05),
        DriftTest("cramer_von_mises", ("numeric",), "below", 0.1),
        DriftTest("t_test", ("numeric",), "below", 0.05),
        DriftTest("es", ("numeric",), "below", 0.05),
        DriftTest("z", ("categorical",), "below", 0.05, most_values=2),
        DriftTest("wasserstein", ("numeric",), "above", 0.1),
        DriftTest("ed", ("numeric",), "above", 0.1),
        DriftTest("jensenshannon", BOTH, "above", 0.1),
        DriftTest("psi", BOTH, "above", 0.1),
        DriftTest("hellinger", BOTH, "above", 0.1),
        DriftTest("kl_div", BOTH, "above", 0.1),
    )
}
FEW_RECORDS = 1000
"""Up to this effective number of records (see `effective_records`) numbers are compared by p-values."""
FEW_VALUES = 5
"""Numbers with so few distinct values are compared as categories, as evidently does, unless declared numeric."""


def check_name(name: str) -> None:
    """Raises SettingsError for a test that is not offered."""
    if name != "auto" and name not in TESTS:
        raise SettingsError(f"settings.json: drift.tests: {name!r} is not offered; write auto, {', '.join(TESTS)}")


def choose(name: str, kind: Kind, records: float, values: int, *, fixed: bool) -> DriftTest:
    """The test of a column: the named one where it fits the column, else by its kind and the effective records.

    P-values of few records, distances of many. With few, a distance between two samples of one distribution is easily
    0.1, and the p-value knows how easily. With many, every trivial difference has a tiny p-value, and the distance says
    whether it matters. Categories are always compared by distance, because evidently has no trustworthy p-value for
    more than two of them (see above). A fixed threshold is one of a distance, so that it means the same whatever the
    number of records.
    """
    if name != "auto" and kind in TESTS[name].kinds and values <= TESTS[name].most_values:
        return TESTS[name]
    if kind == "categorical":
        return TESTS["jensenshannon"]
    return TESTS["ks"] if records <= FEW_RECORDS and not fixed else TESTS["wasserstein"]


def effective_records(reference: int, current: int) -> float:
    """The records that two samples are worth together in a comparison: between half of and the whole smaller one."""
    return reference * current / (reference + current)


def sized_threshold(
    test: DriftTest, reference: pd.Series, current: pd.Series, kind: Kind, columns: int, random: np.random.Generator
) -> float:
    """What the score of a column is held against.

    A p-value: `FAMILY_ERROR` divided by the number of columns (Bonferroni), because each column is named by itself, and
    at 0.05 every second window of twelve columns would name one. A distance: the test's default, but never less than
    what two samples of these sizes have from one distribution, because distances are biased upwards in small samples.
    That noise is measured on both samples shuffled together, so it holds for any distribution.
    """
    if test.drifted_when == "below":
        return FAMILY_ERROR / columns
    return max(test.default, _noise(test, reference, current, kind, random))


def _noise(test: DriftTest, reference: pd.Series, current: pd.Series, kind: Kind, random: np.random.Generator) -> float:
    pool = pd.concat([reference, current], ignore_index=True)
    scores = []
    for _ in range(PERMUTATIONS):
        order = random.permutation(len(pool))
        parts = pool.iloc[order[: len(reference)]], pool.iloc[order[len(reference) :]]
        with suppress(ValueError, ArithmeticError):
            scores.append(test.score(*parts, kind))
    scores = [score for score in scores if math.isfinite(score)]
    return float(np.mean(scores) + NOISE_DEVIATIONS * np.std(scores)) if scores else 0.0
