"""`launchpad validate`: check all handwritten files at once."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from launchpad.cli.checking_pins import Pins, check_pins
from launchpad.cli.options import Json
from launchpad.cli.terminal import emit, note, plural, say
from launchpad.messages.errors import InvalidFileError, Problem, shown


def validate(
    workloads: Annotated[
        list[str] | None, typer.Argument(help="Only these; all of them by default.", metavar="[WORKLOAD]...")
    ] = None,
    pins: Pins = None,
    json: Json = False,
) -> None:
    """Check config files and workloads; needs no AWS, unless you ask about pins.

    Every mistake is reported at once, with its file and line, and with what to write instead.

    Example: launchpad validate
    """
    from launchpad.checks.validation import Validation
    from launchpad.settings import environment_names

    validation = Validation().only(workloads) if workloads else Validation().all()
    problems, notes = validation.problems, list(validation.notes)
    if not problems:
        wrong, remarks = check_pins(pins or [], [] if workloads else environment_names())
        problems, notes = wrong, [*notes, *remarks]
    if json:
        emit({"files": validation.files, "problems": [_content(problem) for problem in problems], "notes": notes})
    if problems:
        raise InvalidFileError(problems)
    say(f"{plural(validation.files, 'file')} checked: all good")
    for text in notes:
        note(text)


def _content(problem: Problem) -> dict[str, Any]:
    """One problem, for a program to read."""
    return {"file": shown(problem.path), "line": problem.line, "key": problem.key, "message": problem.message}
