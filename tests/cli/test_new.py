"""`launchpad new`: a workload that is right from the start."""

from __future__ import annotations

import pytest

from launchpad.catalogue import load_workload
from tests.cli.messages import one_message


def test_a_new_workload_is_valid_and_named_as_asked(launchpad, checkout):
    result = launchpad("new", "churn")
    assert (result.returncode, result.stdout.strip()) == (0, "workloads/churn is ready")
    workload = load_workload("churn", checkout / "workloads")
    assert workload.training.channels["training"].prefix == "churn/training"
    assert launchpad("validate").stdout.strip() == "5 files checked: all good"


def test_nothing_of_the_template_stays_in_its_files(launchpad, checkout):
    launchpad("new", "churn")
    files = [path for path in (checkout / "workloads" / "churn").rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert [path for path in files if "workload-name" in path.read_text("utf-8")] == []


def test_a_workload_that_is_there_is_never_overwritten(launchpad, checkout):
    launchpad("new", "churn")
    (checkout / "workloads" / "churn" / "data.py").write_text("mine")
    assert "workloads/churn is there already" in one_message(launchpad("new", "churn"))
    assert (checkout / "workloads" / "churn" / "data.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["Churn", "churn_2", "-churn", "a/b", "../evil", "", "x" * 41])
def test_a_name_that_aws_would_refuse_is_refused(launchpad, checkout, name):
    result = launchpad("new", "--", name)
    assert result.returncode == 2
    assert "lower-case letters, digits and inner hyphens" in result.stderr
    assert list((checkout / "workloads").iterdir()) == []


def test_an_unknown_framework_is_answered_with_those_there_are(launchpad):
    result = launchpad("new", "churn", "--framework", "sklern")
    assert result.returncode == 2
    assert "did you mean 'sklearn'?" in result.stderr
