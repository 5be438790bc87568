"""The page of the workloads is what its generator writes, whatever was measured; no row is of a workload that went."""

from __future__ import annotations

from launchpad.catalogue import workload_names
from tests.workloads.page import COMMITTED, rows_of, take_over, text

FIRST, SECOND = (
    "| [boston-housing](../workloads/boston-housing) | {} |\n",
    "| [headlines](../workloads/headlines) | {} |\n",
)


def test_the_committed_page_is_what_is_written_around_its_rows():
    assert COMMITTED.read_text("utf-8") == text(rows_of(COMMITTED).values()), "run `make workloads-docs`"


def test_each_row_is_of_a_workload_that_is_there():
    """A new one has its row after the first run: to add a model is a folder, and no line in docs/."""
    rows = rows_of(COMMITTED)
    assert list(rows) == [name for name in workload_names() if name in rows], "run `make workloads-docs`"


def test_without_a_run_the_rows_stay_and_the_rest_is_written_anew(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"Old words.\n{FIRST.format(1)}More old words.\n", "utf-8")
    take_over(tmp_path / "no run", page)
    assert page.read_text("utf-8") == text([FIRST.format(1)])


def test_a_runs_rows_take_the_place_of_those_of_the_same_workloads(tmp_path):
    built, page = tmp_path / "built.md", tmp_path / "page.md"
    built.write_text(text([FIRST.format(2)]), "utf-8")
    page.write_text(text([FIRST.format(1), SECOND.format(1)]), "utf-8")
    take_over(built, page)
    assert page.read_text("utf-8") == text([FIRST.format(2), SECOND.format(1)])


def test_the_row_of_a_workload_that_is_gone_goes_too(tmp_path):
    (tmp_path / "page.md").write_text(text(["| [gone](../workloads/gone) | 1 |\n", FIRST.format(1)]), "utf-8")
    take_over(tmp_path / "no run", tmp_path / "page.md")
    assert list(rows_of(tmp_path / "page.md")) == ["boston-housing"]
