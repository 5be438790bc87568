"""Which tests of the workloads run in one process, by pytest-xdist's `--dist loadgroup`: all of one workload.

A journey's results exist only in the process that made it: a test that asks for it elsewhere would train again.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

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
OF_A_NOTEBOOK = re.compile(r'WORKLOAD = \\"([a-z-]+)\\"')


def group_of(workload: str) -> str:
    """The group of a workload's tests, or of a file of tests by what it is called."""
    return next((group for group, names in COMPARED.items() if workload in names), workload)


def assign(items: list[pytest.Item]) -> None:
    """Mark each test with its group, and put the longest groups first."""
    groups = {item: group_of(_subject(item)) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    order = {group: number for number, group in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(groups[item], len(LONGEST)))


def _subject(item: pytest.Item) -> str:
    """The workload that a test is about: that of its parameter, or else its file's name."""
    parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    if "workload" in parameters:
        return str(parameters["workload"].folder.name)
    if "notebook" in parameters:
        (name,) = OF_A_NOTEBOOK.findall(parameters["notebook"].read_text("utf-8"))
        return str(name)
    if parameters.get("name") in workload_names():
        return str(parameters["name"])
    return item.path.stem.removeprefix("test_").replace("_", "-")
