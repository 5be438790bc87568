"""Check that IAM actions exist: IAM itself accepts a misspelt action, and the permission is then missing at run time.

`actions.json` lists the actions of the services that the platform uses, from AWS's service authorization reference.
`make lock-actions` renews it, and `security/iam_actions.py` names the services.
"""

from __future__ import annotations

import difflib
import json
import traceback
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from launchpad.messages.errors import InvalidFileError, Problem

DATA = Path(__file__).with_suffix(".json")
_CALLEES = {__file__, str(Path(__file__).with_name("policies.py"))}
"""Files that check for others: an error names the line that called them."""


def check_actions(actions: Iterable[str]) -> None:
    """Raise InvalidFileError, with the calling file and line, for an action that AWS does not have.

    As in IAM, case does not matter, and ``service:*`` is every action of a service.
    """
    for action in actions:
        service, _, name = action.partition(":")
        if name.lower() not in _lower_names(service):
            raise InvalidFileError([_problem(action)])


@cache
def known_actions() -> dict[str, list[str]]:
    """The actions by service prefix, such as ``sagemaker``."""
    actions: dict[str, list[str]] = json.loads(DATA.read_text("utf-8"))
    return actions


@cache
def _lower_names(service: str) -> frozenset[str]:
    names = known_actions().get(service)
    return frozenset(name.lower() for name in (*names, "*")) if names else frozenset()


def _problem(action: str) -> Problem:
    service = action.partition(":")[0]
    services = known_actions()
    if service in services:
        message = f"not an IAM action{_hint(action, [f'{service}:{name}' for name in services[service]])}"
    else:
        message = f"not an action of a service in {DATA.name}{_hint(service, list(services))}"
    caller = next(frame for frame in reversed(traceback.extract_stack()) if frame.filename not in _CALLEES)
    return Problem(Path(caller.filename), caller.lineno, action, message)


def _hint(wrong: str, known: Sequence[str]) -> str:
    matches = difflib.get_close_matches(wrong, known, n=1)
    return f", did you mean {matches[0]!r}?" if matches else ""
