"""How `launchpad data` runs a workload's data.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from launchpad.cli.programs import uv
from launchpad.messages.errors import LaunchpadError

WAITING = """
import pathlib, sys, time
print("loading")
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
print("written")
"""


def test_output_appears_while_the_script_runs(tmp_path):
    script, marker = tmp_path / "data.py", tmp_path / "marker"
    script.write_text(WAITING)
    lines: list[str] = []

    def show(line: str) -> None:
        lines.append(line)
        marker.touch()  # the script waits for this, so a line that came at its end would never come

    uv.run(Path(sys.executable), script, [str(marker)], os.environ, show)
    assert lines == ["loading", "written"]


def test_a_failed_script_is_reported_with_its_last_lines(tmp_path):
    script = tmp_path / "data.py"
    script.write_text("for number in range(99):\n    print(number)\nraise SystemExit('no rows')")
    with pytest.raises(LaunchpadError, match=r"data\.py failed with exit code 1:\n85\n(.*\n)+no rows$"):
        uv.run(Path(sys.executable), script, [], os.environ, lambda _: None)
