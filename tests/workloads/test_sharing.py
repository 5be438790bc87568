"""No workload makes its journey twice because its tests run in two processes."""

from __future__ import annotations

import re

import pytest

from tests.workloads.sharing import LONGEST, NOTEBOOKS, ROOT, WORKLOADS, share

FILES = sorted((ROOT / "tests" / "workloads").glob("test_*.py"))
JOURNEYS = re.compile(r'\b(?:arrive\(|NAME = )"([a-z-]+)"')


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_file_goes_along_with_the_workloads_whose_journeys_it_asks_for(file):
    names = {name for name in JOURNEYS.findall(file.read_text("utf-8")) if name in WORKLOADS}
    journeys = {share(f"tests/workloads/test_journeys.py::test_it[{name}]") for name in names}
    assert journeys <= {share(f"tests/workloads/{file.name}::test_any")}


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("test_every_workload.py::test_any[boston-housing]", "boston-housing-variants"),
        ("test_every_workload.py::test_any[boston-housing-xgboost]", "xgboost-workloads"),
        ("test_every_workload.py::test_any[boston-housing-r]", "boston-housing-r"),
        ("test_every_workload.py::test_any[karate-club-requirements]", "karate-club"),
        ("test_every_workload.py::test_any[data-requirements-direct-marketing-mlflow]", "direct-marketing-mlflow"),
        ("test_journeys.py::test_any[synthetic-regression-sklearn]", "synthetic-regression"),
        ("test_karate_club.py::test_any[body-text/csv]", "karate-club"),
        ("test_xgboost_workloads.py::test_any", "xgboost-workloads"),
    ],
)
def test_a_test_belongs_to_the_workload_that_it_names_or_else_to_its_file(nodeid, expected):
    assert share(f"tests/workloads/{nodeid}") == expected


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_goes_along_with_its_workload(notebook):
    (name,) = re.findall(r'WORKLOAD = \\"([a-z-]+)\\"', notebook.read_text("utf-8"))
    assert share(f"tests/workloads/test_journeys.py::test_it[{name}]") == NOTEBOOKS[notebook.stem]


def test_what_begins_is_there():
    assert set(LONGEST) <= {share(f"tests/workloads/test_journeys.py::test_it[{name}]") for name in WORKLOADS}
