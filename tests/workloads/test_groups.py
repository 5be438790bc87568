"""No workload makes its journey twice because its tests run in two processes."""

from __future__ import annotations

import re

import pytest

from launchpad.catalogue import workload_names
from tests.workloads.groups import group_of, group_of_test
from tests.workloads.local_platform import ROOT

FILES = sorted((ROOT / "tests" / "workloads").glob("test_*.py"))
JOURNEYS = re.compile(r'\b(?:arrive\(|NAME = )"([a-z-]+)"')


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_file_is_in_the_group_of_the_journeys_it_asks_for(file):
    names = [name for name in JOURNEYS.findall(file.read_text("utf-8")) if (ROOT / "workloads" / name).is_dir()]
    assert {group_of(name) for name in names} <= {group_of(file.stem.removeprefix("test_").replace("_", "-"))}


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/workloads/test_every_workload.py::test_data_is_the_same[training-karate-club]", "karate-club"),
        ("tests/workloads/test_journeys.py::test_its_gate[boston-housing-custom]", "boston-housing-variants"),
        ("tests/workloads/test_serving_modes.py::test_two_models[boston-housing-north]", "serving-modes"),
        ("tests/modes/test_every_image_in_each_mode.py::test_an_image[K-Means-series]", "every-image-in-each-mode"),
        ("tests/workloads/test_karate_club.py::test_the_club_splits", "karate-club"),
    ],
)
def test_a_test_is_in_the_group_of_its_workload_or_file(test, group):
    assert group_of_test(test) == group


def test_a_notebook_is_in_the_group_of_its_workload():
    name = "tests/workloads/test_notebooks.py::test_a_notebook[{}]"
    groups = [group_of_test(name.format(path.stem)) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    assert groups
    assert all(group in {group_of(workload) for workload in workload_names()} for group in groups)
