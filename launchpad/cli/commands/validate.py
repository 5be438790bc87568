"""`launchpad validate`: check all handwritten files at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.options import Json
from launchpad.cli.terminal import emit, note, plural, say
from launchpad.messages.errors import InvalidFileError, shown

if TYPE_CHECKING:
    from launchpad.checks.validation import Validation


def validate(
    workloads: Annotated[
        list[str] | None, typer.Argument(help="Only these; all of them by default.", metavar="[WORKLOAD]...")
    ] = None,
    json: Json = False,
) -> None:
    """Check config files and workloads; needs no AWS.

    Every mistake is reported at once, with its file and line, and with what to write instead.

    Example: launchpad validate
    """
    from launchpad.checks.validation import Validation

    validation = Validation().only(workloads) if workloads else Validation().all()
    if json:
        emit(_content(validation))
    if validation.problems:
        raise InvalidFileError(validation.problems)
    say(f"{plural(validation.files, 'file')} checked: all good")
    for text in validation.notes:
        note(text)


def _content(validation: Validation) -> dict[str, Any]:
    """All problems, for a program to read."""
    problems = [
        {"file": shown(problem.path), "line": problem.line, "key": problem.key, "message": problem.message}
        for problem in validation.problems
    ]
    return {"files": validation.files, "problems": problems, "notes": list(validation.notes)}
