"""The option `--pins` of commands that otherwise need no AWS: also ask AWS about the models that a config pins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad.cli.options import environment_names_for_completion
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launchpad.messages.errors import Problem
    from launchpad.promotions.artifacts import Progress

Pins = Annotated[
    list[str] | None,
    typer.Option(
        "--pins",
        help="Also ask AWS, with your credentials, whether the models that this environment pins are approved, pass"
        " their quality gates, and can be read with the pinned bytes; may be repeated.",
        metavar="ENV",
        autocompletion=environment_names_for_completion,
        show_default=False,
    ),
]


def check_pins(names: Sequence[str], looked_at: Sequence[str]) -> tuple[list[Problem], list[str]]:
    """What AWS finds wrong with the pins of the environments `names`, and notes.

    One note says which pins of the environments `looked_at` were not asked about.

    Raises:
        LaunchpadError: there is no such environment, or the credentials are of another account.
    """
    from launchpad.platform_client.connection import connect
    from launchpad.promotions.pin_checks import checked_pins, problems_and_notes, unasked
    from launchpad.settings import load_environment

    problems: list[Problem] = []
    notes: list[str] = []
    for name in dict.fromkeys(names):
        connection = connect(name)
        with LiveLine(f"checking the pins of {name}", console=err) as line:
            checked = checked_pins(connection, partial(_shown, line))
            wrong, facts = problems_and_notes(connection.settings, checked)
        problems += wrong
        notes += facts or [f"{name}: pins no model that AWS knows"]
    rest = unasked(load_environment(name) for name in looked_at if name not in names)
    return problems, [*notes, *([rest] if rest else [])]


def _shown(line: LiveLine, workload: str) -> Progress:
    def progress(read: int, total: int) -> None:
        line.detail = f"{workload}: SHA-256 of {size(read)} of {size(total)}"

    return progress
