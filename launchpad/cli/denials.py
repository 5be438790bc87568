"""The remedy for a refused permission: which one is missing, and whose command it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from launchpad.duties import BY_NAME, Command, Duty, role_name

_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
_SESSION = re.compile(r":assumed-role/launchpad-([a-z0-9]+)-(" + "|".join(Duty) + r")/")
PAGE = "docs/people.md"


def remedy(message: str, arguments: Sequence[str] | None = None) -> str:
    """What to do about AWS's refusal of a command, by default of the one that this process runs."""
    action = _ACTION.search(message)
    missing = f"{action[1]} is missing: " if action else ""
    command = _command(sys.argv[1:] if arguments is None else arguments)
    if command is None:
        return f"{missing}ask for this permission, or use other credentials (AWS_PROFILE=...)"
    session = _SESSION.search(message)
    if session and session[2] in command.duties:  # as a policy that is older than this checkout
        return f"{missing}deploy {session[1]} anew with this checkout, which gives it to the {session[2]}"
    return f"{missing}`launchpad {command.name}` is {_holders(command, session[1] if session else 'ENV')}"


def _holders(command: Command, environment: str) -> str:
    if not command.duties:
        return "an administrator's: ask one, or use an administrator's credentials (AWS_PROFILE=...)"
    duties = " and the ".join(duty.value for duty in command.duties)
    roles = " or ".join(role_name(environment, duty) for duty in command.duties)
    return f"for the {duties}: use a profile with the role {roles} (AWS_PROFILE=..., {PAGE})"


def _command(arguments: Sequence[str]) -> Command | None:
    """The command of a command line, as far as the table has it."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    for name in (" ".join(words[:2]), words[0] if words else ""):
        if name in BY_NAME:
            return BY_NAME[name]
    return None
