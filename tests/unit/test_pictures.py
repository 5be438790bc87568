"""The picture of the demo shows the steps of a real run, and nothing of the machine that it ran on."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from launchpad import paths
from launchpad.cli.demo.steps import TITLES
from tools.pictures import PICTURES, terminal_svg

RUN = (
    "\x1b[1;36mSageMaker Launchpad\x1b[0m\n\x1b[?25l\x1b[2m    launchpad-local-storage  deployed\x1b[0m\n"
    "\x1b[2m      │ Building in /home/me/launchpad\x1b[0m\n"
    "\x1b[?25h\x1b[32m✓ \x1b[0m1/8  Start the local AWS\n  the report  build/demo/report.html\n"
)


def shown(svg: str) -> str:
    return unescape(svg).replace("\xa0", " ")


@pytest.mark.parametrize("line", ["SageMaker Launchpad", "1/8  Start the local AWS", "build/demo/report.html"])
def test_steps_and_results_are_drawn(line: str):
    assert line in shown(terminal_svg(RUN))


@pytest.mark.parametrize("line", ["launchpad-local-storage", "/home/me", "[?25"])
def test_lines_between_the_steps_are_left_out(line: str):
    assert line not in shown(terminal_svg(RUN))


def test_the_picture_loads_no_font_from_elsewhere():
    assert "@font-face" not in terminal_svg(RUN)


@pytest.mark.parametrize("title", TITLES.values())
def test_the_committed_picture_has_every_step_of_the_demo(title: str):
    assert title in shown((PICTURES / "demo.svg").read_text("utf-8"))


@pytest.mark.parametrize("name", ["demo.svg", "report.png"])
def test_a_committed_picture_is_small(name: str):
    assert Path(PICTURES / name).stat().st_size < 300_000


def test_the_committed_picture_names_no_folder_of_a_machine():
    assert str(paths.ROOT.parent) not in shown((PICTURES / "demo.svg").read_text("utf-8"))
