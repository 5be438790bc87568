"""The remedy for a refused permission: which one is missing, and whose command it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from launchpad.duties import BY_NAME, COMMANDS, Command, Duty, role_name
from launchpad.platform_client.denied_objects import DENIED

_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
_SESSION = re.compile(r":assumed-role/launchpad-([a-z0-9]+)-(" + "|".join(Duty) + r")/")
_ENVIRONMENT = re.compile(r"(?:--env|-e|--from)(?:=(.+))?")
PAGE = "docs/people.md"
RUNNING = "--running"
CODES = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "KMSAccessDeniedException", "403", "Forbidden"),
        *("AuthorizationError", "AuthorizationErrorException", "UnauthorizedOperation", "UnauthorizedException"),
    }
)
"""AWS's codes for a missing permission; 403 is what S3 answers to HeadObject and HeadBucket, without words."""


def remedy(
    message: str, arguments: Sequence[str] | None = None, response: Mapping[str, Any] | None = None, target: str = ""
) -> str:
    """What to do about AWS's refusal of a command, by default of the one that this process runs.

    `response` is the error's, which says what S3 refused without words. `target` is the environment that the command
    is about, by default the one that its arguments name.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    denied = (response or {}).get(DENIED, {})
    action = _ACTION.search(message)
    actions = (action[1],) if action else tuple(denied.get("actions", ()))
    words = denied.get("words") if actions == tuple(denied.get("actions", ())) else None  # a key's has its own words
    missing = f"{words or actions[0]} is missing: " if actions else ""
    command = _command(arguments)
    if command is None:
        return f"{missing}ask for this permission, or use other credentials (AWS_PROFILE=...){_having(actions)}"
    session = _SESSION.search(message) or _SESSION.search(denied.get("caller", ""))
    environment = target or _environment(arguments) or (session[1] if session else "ENV")
    if session and session[2] in command.duties:
        return missing + _of_the_duty(session[1], Duty(session[2]), environment)
    return f"{missing}`launchpad {command.name}` is {_holders(command, environment)}"


def denies(message: str) -> bool:
    """Whether words, such as the CDK CLI's, say that a duty's role lacks a permission."""
    return _ACTION.search(message) is not None and _SESSION.search(message) is not None


def _of_the_duty(own: str, duty: Duty, environment: str) -> str:
    """Why a role is refused a command of its duty: it is another environment's, or older than this checkout."""
    if own == environment:
        return f"deploy {environment} anew with this checkout, which gives it to the {duty}"
    return (
        f"the role {role_name(own, duty)} is for environment {own}, and this command is about {environment}: use a"
        f" profile with the role {role_name(environment, duty)} (AWS_PROFILE=..., {PAGE})"
    )


def _holders(command: Command, environment: str) -> str:
    if not command.duties:
        return "an administrator's: ask one, or use an administrator's credentials (AWS_PROFILE=...)"
    duties = " and the ".join(duty.value for duty in command.duties)
    roles = " or ".join(role_name(environment, duty) for duty in command.duties)
    return f"for the {duties}: use a profile with the role {roles} (AWS_PROFILE=..., {PAGE})"


def _having(actions: Sequence[str]) -> str:
    """Which duties have a permission; empty if none has it, or all do and it says nothing."""
    granted = {
        duty: None
        for command in COMMANDS
        for need in command.needs
        if set(actions) & set(need.actions)
        for duty in command.duties
    }
    if not granted or len(granted) == len(Duty):
        return ""
    return f"; the {' and the '.join(duty for duty in Duty if duty in granted)} may have it ({PAGE})"


def _command(arguments: Sequence[str]) -> Command | None:
    """The command of a command line, as far as the table has it."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    running = [f"{words[0]} {RUNNING}"] if words and RUNNING in arguments else []  # `cost` alone calls no account
    for name in (*running, " ".join(words[:2]), words[0] if words else ""):
        if name in BY_NAME:
            return BY_NAME[name]
    return None


def _environment(arguments: Sequence[str]) -> str:
    """The environment that a command line names, by an option or by the name of a job; empty if by neither."""
    from launchpad.settings import environment_names

    for position, argument in enumerate(arguments):
        if option := _ENVIRONMENT.fullmatch(argument):
            return option[1] or next(iter(arguments[position + 1 :]), "")
    firsts = (argument.partition("-")[0] for argument in arguments if "-" in argument.strip("-"))
    return next((first for first in firsts if first in environment_names()), "")
