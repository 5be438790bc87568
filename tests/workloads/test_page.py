"""The page of the workloads is what its generator writes, whatever was measured, and has a row for each."""

from __future__ import annotations

import re

from launchpad.catalogue import workload_names
from tests.workloads.page import COMMITTED, rows_of, take_over, text


def test_the_committed_page_is_what_is_written_around_its_rows():
    assert COMMITTED.read_text("utf-8") == text(rows_of(COMMITTED)), "run `make workloads-docs`"


def test_each_workload_has_a_row():
    named = [re.match(r"\| \[([a-z-]+)\]", row)[1] for row in rows_of(COMMITTED)]
    assert sorted(named) == workload_names()


def test_without_a_run_the_rows_stay_and_the_rest_is_written_anew(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Old words.\n| [a](../workloads/a) | 1 |\nMore old words.\n")
    take_over(tmp_path / "no run", page)
    assert page.read_text("utf-8") == text(["| [a](../workloads/a) | 1 |\n"])


def test_a_runs_rows_take_the_place_of_those_that_there_were(tmp_path):
    (tmp_path / "built.md").write_text(text(["| [a](../workloads/a) | 2 |\n"]), "utf-8")
    (tmp_path / "page.md").write_text(text(["| [a](../workloads/a) | 1 |\n"]), "utf-8")
    take_over(tmp_path / "built.md", tmp_path / "page.md")
    assert rows_of(tmp_path / "page.md") == ["| [a](../workloads/a) | 2 |\n"]
