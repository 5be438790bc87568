"""The section of `docs/permissions.md` about what each command needs of its caller (`launchpad/duties`)."""

from __future__ import annotations

from launchpad.duties import COMMANDS, NO_AWS, Command, needs_of

TITLE = "What each command needs"
_HEADER = f"""\
## {TITLE}

The permissions that the caller of a command needs, and the duty whose role has them ([People](people.md)). "On"
names the environment's own resources. Rows about Spark, MLflow, monitoring and asynchronous endpoints apply where the
environment has them. Every command also asks who its caller is (`sts:GetCallerIdentity`), which needs no permission.

| command | whose | actions | on |
|---|---|---|---|
"""
_FOOTER = f"""\

No account is called by {", ".join(f"`{name}`" for name in NO_AWS)}.
"""


def section() -> str:
    """The table."""
    return _HEADER + "".join(_rows(command) for command in COMMANDS) + _FOOTER


def _rows(command: Command) -> str:
    name = command.name if command.name.startswith("aws ") else f"launchpad {command.name}"
    holders = ", ".join(command.holders)
    if command.note:
        return f"| `{name}` | {holders} | {command.note} | |\n"
    rows = []
    for number, need in enumerate(needs_of(command.needs)):
        actions = ", ".join(f"`{action}`" for action in need.actions)
        first = f"`{name}` | {holders}" if number == 0 else " |"
        rows.append(f"| {first} | {actions} | {need.resource} |\n")
    return "".join(rows)
