"""Which tests of the workloads run in one process: all of one workload, or of one file.

A journey's results exist only in the process that made it: a test that asks for it elsewhere would train again.
`--dist loadgroup` of pytest-xdist 3.8 does not see the groups of pytest 9.2, so a test's name decides.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from launchpad import paths
from launchpad.catalogue import workload_names

COMPARED = {
    "boston-housing-variants": ("boston-housing", "boston-housing-custom", "boston-housing-toolkit"),
    "synthetic-regression": tuple(f"synthetic-regression-{name}" for name in ("pytorch", "sklearn", "tensorflow")),
    "xgboost-workloads": ("boston-housing-xgboost", "direct-marketing", "spam-filter"),
}
"""Workloads that one file of tests compares, by what the file is called."""
LONGEST = (
    "mnist-image-classification",
    "synthetic-regression",
    "fashion-mnist",
    "review-sentiment",
    "xgboost-workloads",
    "every-image-in-each-mode",
)
"""The groups to begin with: a long one at the end would be waited for."""
OF_EACH_WORKLOAD = ("every-workload", "journeys")
"""Files whose tests have a workload as their last parameter, but for a few that need no journey."""
NOTEBOOKS = "notebooks"
OF_A_NOTEBOOK = re.compile(r'WORKLOAD = \\"([a-z-]+)\\"')


def group_of(workload: str) -> str:
    """The group of a workload's tests, or of a file of tests by what it is called."""
    return next((group for group, names in COMPARED.items() if workload in names), workload)


class ByWorkload(LoadScopeScheduling):
    """Sends the tests of a group to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of_test(nodeid)


def longest_first(items: list[pytest.Item]) -> None:
    """Put the longest groups first."""
    order = {group: number for number, group in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(group_of_test(item.nodeid), len(LONGEST)))


def group_of_test(nodeid: str) -> str:
    """The group of a test: of the workload or notebook in its parameters, or else of its file."""
    path, _, test = nodeid.partition("::")
    file = Path(path).stem.removeprefix("test_").replace("_", "-")
    parameter = test.partition("[")[2].removesuffix("]")
    if file == NOTEBOOKS and parameter:
        (file,) = OF_A_NOTEBOOK.findall((paths.ROOT / "notebooks" / f"{parameter}.ipynb").read_text("utf-8"))
    if file in OF_EACH_WORKLOAD:
        file = max((name for name in _workloads() if f"-{parameter}-".endswith(f"-{name}-")), key=len, default=file)
    return group_of(file)


@cache
def _workloads() -> tuple[str, ...]:
    return tuple(workload_names())
