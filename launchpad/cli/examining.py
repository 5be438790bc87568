"""Runs the doctor's checks for `launchpad doctor` and, the cheap ones, before a deploy; and shows their rows."""

from __future__ import annotations

import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from launchpad.cli.deploying import images_to_push, synthesize
from launchpad.cli.errors import explain
from launchpad.cli.programs import cdk
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import err, plural
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import stack_name

if TYPE_CHECKING:
    from launchpad.doctor.check import Check, Row
    from launchpad.doctor.deployment import Deployment

NAME_WIDTH = 18
"""A longer name has a separate line."""
STATUS_WIDTH = 9
_COMMAND = re.compile(r"`[^`]+`")
"""A command stays on one line, so that it can be copied; the terminal wraps what is longer."""
_UNBREAKABLE = "\N{NO-BREAK SPACE}"
STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red", "unknown": "dim"}


def stop_at_problems(connection: Connection, assembly: Path, only: str | None) -> None:
    """Run the cheap checks before a deploy, in silence.

    Raises:
        LaunchpadError: the deploy would fail; carries each problem with its remedy.
    """
    from launchpad.doctor.every_check import every_check

    deployment = _deployment(connection, assembly, only)
    rows = _examine(deployment, [check for check in every_check() if check.cheap])
    problems = [row for row in rows if row.status == "problem"]
    if problems:
        texts = [f"{row.group}, {row.name}: {row.finding}\n  → {row.remedy}" for row in problems]
        total = f"`launchpad doctor {deployment.command}` checks more"
        raise LaunchpadError("\n".join(["nothing was deployed, because the deploy would fail:", *texts, total]))


def examine_environment(env: str) -> tuple[Deployment, list[Row]]:
    """Synthesize an environment, and run every check; what can't be had is a row.

    Raises:
        LaunchpadError: the environment doesn't exist, or its file has mistakes.
    """
    from launchpad.doctor.every_check import every_check

    deployment = _prepare(env)
    return deployment, _examine(deployment, every_check())


def as_json(deployment: Deployment, rows: Sequence[Row]) -> dict[str, Any]:
    """The rows for a program to read, with their numbers by status."""
    settings = deployment.settings
    counts = Counter(str(row.status) for row in rows)
    return {
        "environment": settings.name,
        "region": settings.region,
        **{status: counts[status] for status in STYLES},
        "checks": [row.as_json() for row in rows],
    }


def table(rows: Sequence[Row], width: int | None) -> Iterator[Text]:
    """The lines of the report: a heading per group, and each remedy below its finding.

    Words and commands are never broken, so that they can be copied; without a width nothing is wrapped.
    """
    longest = max((len(row.name) for row in rows if len(row.name) <= NAME_WIDTH), default=0)
    indent = 2 + STATUS_WIDTH + longest + 2
    for group, members in groupby(rows, key=lambda row: row.group):
        yield Text(group, "bold")
        for row in members:
            label = Text.assemble(
                "  ", (f"{row.status:<{STATUS_WIDTH}}", STYLES[row.status]), f"{row.name:<{longest}}  "
            )
            texts = [Text(line) for line in _wrapped(row.finding, indent, width)]
            texts += [
                Text(line, "cyan")
                for line in _wrapped(f"→{_UNBREAKABLE}{row.remedy}" if row.remedy else "", indent, width)
            ]
            first, *rest = texts or [Text()]
            if len(row.name) > longest:
                label.rstrip()
                yield label
                yield Text.assemble(" " * indent, first)
            else:
                yield Text.assemble(label, first)
            yield from (Text.assemble(" " * indent, text) for text in rest)


def summary(rows: Sequence[Row]) -> str:
    """The verdict in one line."""
    counts = Counter(str(row.status) for row in rows)
    others = [f"{counts['unknown']} not known"] if counts["unknown"] else []
    warnings = [plural(counts["warning"], "warning")] if counts["warning"] else []
    return ", ".join([plural(counts["problem"], "problem") if counts["problem"] else "no problem", *warnings, *others])


def _wrapped(text: str, indent: int, width: int | None) -> list[str]:
    if width is None:
        return [" ".join(text.split())] if text else []  # split() knows the unbreakable space too
    lines = textwrap.wrap(
        _COMMAND.sub(lambda command: command[0].replace(" ", _UNBREAKABLE), text),
        max(width - indent, 24),
        break_long_words=False,
        break_on_hyphens=False,
        subsequent_indent="  " if text.startswith("→") else "",
    )
    return [line.replace(_UNBREAKABLE, " ") for line in lines]


def _examine(deployment: Deployment, checks: Sequence[Check]) -> list[Row]:
    from launchpad.doctor.examination import examine

    with LiveLine(f"Examining {deployment.settings.name}", console=err) as line:

        def progress(ended: int, total: int, check: Check) -> None:
            line.detail = f"{ended}/{total}  {check.group}: {check.name}"

        return examine(deployment, checks, explain, progress)


def _prepare(env: str) -> Deployment:
    """The deployment, as far as it can be had."""
    from launchpad.doctor.deployment import Deployment
    from launchpad.platform_client.connection import connect_unchecked
    from launchpad.settings import load_environment

    settings = load_environment(env)
    unreachable = ""
    try:
        connection = connect_unchecked(settings)
    except LaunchpadError as error:
        connection, unreachable = None, str(error)
    variables = connection.variables() if connection else dict(os.environ)
    speed = cdk.NO_VALIDATION if connection and connection.local else {}
    try:
        folder = synthesize(env, {**variables, **speed})
    except (LaunchpadError, OSError) as error:
        return Deployment(settings, connection, unreachable, synth_failure=explain(error))
    if connection is None:
        from launchpad.doctor.assembly import Assembly

        return Deployment(settings, None, unreachable, Assembly.read(folder))
    return _deployment(connection, folder, None)


def _deployment(connection: Connection, folder: Path, only: str | None) -> Deployment:
    from launchpad.doctor.assembly import Assembly
    from launchpad.doctor.deployment import Deployment

    assembly = Assembly.read(folder)
    if only:
        assembly = assembly.only(stack_name(connection.name, only))
    images = images_to_push(connection, folder, only)
    return Deployment(connection.settings, connection, assembly=assembly, images=images)
