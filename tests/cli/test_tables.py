"""Tables keep names whole: a pipe has one line per row, and a narrow terminal has the name on a separate line."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from launchpad.cli.tables import table
from launchpad.cli.terminal import SafeConsole, show

NAMES = ["local-boston-housing-20261128-081853-33ee", "local-direct-marketing-mlflow-20261128-081853-33ee-evaluate"]
ROWS = [[NAMES[0], "Completed", "3.0 s ago", "12.5"], [NAMES[1], "InProgress", "1.0 s ago", "1"]]
WORK = table("Work", ["name", "status", "started", "took"], ROWS, right=("took",))


def lines(width: int | None) -> list[str]:
    return [line.plain for line in WORK.lines(width)]


def test_a_pipe_has_one_whole_line_per_row():
    heading, *rows = lines(None)[1:3]
    assert heading.split() == ["name", "status", "started", "took"]
    assert rows[0].split() == [NAMES[0], "Completed", "3.0", "s", "ago", "12.5"]
    assert lines(None) == lines(200)


def test_a_line_ends_with_its_last_character():
    assert all(line == line.rstrip() for line in lines(None))


@pytest.mark.parametrize("width", [80, 62])
def test_a_narrow_terminal_has_each_name_on_a_separate_line(width):
    assert set(NAMES) < set(lines(width))
    assert all(len(line) <= width for line in lines(width))
    assert "    Completed    3.0 s ago   12.5" in lines(width)


def test_a_very_narrow_terminal_names_each_value():
    assert [line.split() for line in lines(30)[3:6]] == [
        ["status", "Completed"],
        ["started", "3.0", "s", "ago"],
        ["took", "12.5"],
    ]


def test_numbers_end_below_each_other():
    first, second = lines(None)[2:4]
    assert len(first) == len(second)


def test_a_wide_character_counts_as_two_columns():
    rows = [["数据", "x"], ["abcd", "y"]]
    assert [line.plain for line in table("", ["name", "b"], rows).lines(None)][2:4] == ["数据   x", "abcd   y"]


def test_a_line_break_in_a_cell_does_not_break_the_row():
    assert [line.plain for line in table("", ["a"], [["x\ny"]]).lines(None)][2] == "x y"


def test_a_file_gets_no_colour_and_no_wrapped_line():
    file = io.StringIO()
    show(table("Work", ["name", "status"], [["n" * 300, Text("Failed", "red")]]), console=SafeConsole(file=file))
    assert f"{'n' * 300}   Failed\n" in file.getvalue()
