"""`launchpad validate`: check all handwritten files at once."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.terminal import note, plural, say
from launchpad.messages.errors import InvalidFileError


def validate(
    workloads: Annotated[
        list[str] | None, typer.Argument(help="Only these; all of them by default.", metavar="[WORKLOAD]...")
    ] = None,
) -> None:
    """Check config files and workloads; needs no AWS.

    Every mistake is reported at once, with its file and line, and with what to write instead.

    Example: launchpad validate
    """
    from launchpad.checks.validation import Validation

    validation = Validation().only(workloads) if workloads else Validation().all()
    if validation.problems:
        raise InvalidFileError(validation.problems)
    say(f"{plural(validation.files, 'file')} checked: all good")
    for text in validation.notes:
        note(text)
