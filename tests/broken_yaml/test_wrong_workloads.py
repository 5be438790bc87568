"""Every wrong value is refused by `launchpad validate`, and nearly every one by an editor."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema_rs import validator_for

from launchpad import paths
from launchpad.checks.json_schemas import schema
from launchpad.checks.validation import Folders, Validation
from tests.broken_yaml.wrong_workloads import RIGHT, SCRIPT, WRONG, changed, name_of

MOST_THAT_EDITORS_MISS = 0.15
"""The share of all mistakes that an editor may miss: those that need other files, or compare values."""


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    (root / "config").mkdir()
    (root / "config" / "dev.yaml").write_text("name: dev\nregion: eu-west-1\n")
    source = root / "workloads" / "zz" / "src"
    source.mkdir(parents=True)
    (source / "job.py").write_text(SCRIPT)
    return root


def problems(root: Path, workload: object) -> list[str]:
    (root / "workloads" / "zz" / "workload.yaml").write_text(yaml.safe_dump(workload, sort_keys=False))
    folders = Folders(root / "config", root / "workloads", paths.CONTAINERS)
    return [str(problem) for problem in Validation(folders).all().problems]


def test_the_workload_before_the_change_is_right(root):
    assert problems(root, RIGHT) == []
    assert validator_for(schema("workload")).is_valid(RIGHT)


@pytest.mark.parametrize("case", WRONG, ids=name_of)
def test_validate_refuses_it_at_a_line_of_the_file(root, case):
    complaints = problems(root, changed(*case))
    assert complaints
    assert all("workload.yaml:" in complaint for complaint in complaints)


def test_an_editor_marks_nearly_all_of_them():
    validator = validator_for(schema("workload"))
    missed = [name_of(case) for case in WRONG if validator.is_valid(changed(*case))]
    assert len(missed) <= MOST_THAT_EDITORS_MISS * len(WRONG), "\n".join(missed)
