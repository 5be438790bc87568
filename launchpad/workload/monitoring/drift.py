"""When requests have drifted from the training data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from launchpad.config_files.one_of import OneOf
from launchpad.config_files.yaml_source import Settings
from launchpad.messages.errors import suggest
from launchpad.workload.monitoring.columns import ColumnName

AUTO = "auto"
P_VALUE_TESTS = ("cramer_von_mises", "es", "ks", "t_test", "z")
"""Those whose score is a p-value, so that drift is below the threshold."""
DISTANCES = ("ed", "hellinger", "jensenshannon", "kl_div", "psi", "wasserstein")
TESTS = tuple(sorted((*P_VALUE_TESTS, *DISTANCES)))
"""The tests that the monitoring image offers, by evidently's names (`drift_tests.py` in `containers/monitoring`)."""
TestName = Annotated[
    str, OneOf(lambda: (AUTO, *TESTS), lambda name, known: f"no test {name!r}; {suggest(name, known, 'tests')}")
]
Threshold = Annotated[float, Field(gt=0, le=1000)]


class Drift(Settings):
    """How columns are compared, and how many may drift."""

    share: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """More than this share of the columns is drift, and raises the alarm."""
    tests: TestName = AUTO
    """`auto` chooses by the type of a column and the size of the baseline; or one of evidently's tests for all."""
    columns: dict[ColumnName, Threshold] = Field(default_factory=dict, max_length=1000)
    """Thresholds of single columns, in place of the test's own: of a distance, above which is drift; with a test that
    gives a p-value, such as ks, of that, below which is drift."""
    ignore: tuple[ColumnName, ...] = Field(default=(), max_length=1000)
    """Columns that are not compared, such as an id."""
