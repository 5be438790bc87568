"""No workload makes its journey twice because its tests run in two processes."""

from __future__ import annotations

import re

import pytest

from tests.workloads.groups import group_of
from tests.workloads.local_platform import ROOT

FILES = sorted((ROOT / "tests" / "workloads").glob("test_*.py"))
JOURNEYS = re.compile(r'\b(?:arrive\(|NAME = )"([a-z-]+)"')


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_file_is_in_the_group_of_the_journeys_it_asks_for(file):
    names = [name for name in JOURNEYS.findall(file.read_text("utf-8")) if (ROOT / "workloads" / name).is_dir()]
    assert {group_of(name) for name in names} <= {group_of(file.stem.removeprefix("test_").replace("_", "-"))}
