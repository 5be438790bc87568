"""`launchpad preflight`: checks whether AWS's quotas allow what the environment may request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.options import Environment, Json
from launchpad.cli.terminal import emit, note, out, plural, say, show, table
from launchpad.platform_client.connection import connect

if TYPE_CHECKING:
    from launchpad.quotas.comparison import Finding

SHORT = 1
"""Exit code when a quota is too low, even if an increase has been requested."""

WIDE = 140
"""The columns of a terminal on which the whole table fits; on a narrower one it would wrap within words."""
COLUMNS = ("Quota", "Needed", "Allowed", "Verdict", "For")


def preflight(
    env: Environment = "local",
    request: Annotated[bool, typer.Option("--request", help="File the increases of all that is short.")] = False,
    json: Json = False,
) -> None:
    """Compare what an environment can ask for at once with AWS's service quotas.

    Training, spot and endpoint instances are separate quotas, and those of GPU types begin at zero. Exits with 1 when
    something is short.

    Example: launchpad preflight --env dev --request
    """
    from launchpad.quotas.comparison import instance_findings

    connection = connect(env)
    client = connection.client("service-quotas")
    findings = instance_findings(connection.settings, client)
    if json:
        emit([_content(finding) for finding in findings])
    if not findings:
        say(f"environment {env} asks for no instances")
        return
    _show(f"Quotas of environment {env}, {connection.settings.region}", findings)
    short = [finding for finding in findings if finding.short]
    if not short:
        return
    if request:
        _request(client, short)
    elif any(finding.can_be_requested for finding in short):
        note(f"{plural(len(short), 'quota')} short; to file the increases: launchpad preflight --env {env} --request")
    raise typer.Exit(SHORT)


_NUMBERS = ("Needed", "Allowed")


def _show(title: str, findings: list[Finding]) -> None:
    """Print the table; what asks for each quota has a column where there is room, and else lines below the table."""
    rows = list(map(_row, findings))
    if not out.is_terminal or out.width >= WIDE:
        show(table(title, COLUMNS, rows, _NUMBERS))
        return
    show(table(title, COLUMNS[:-1], [row[:-1] for row in rows], _NUMBERS))
    for row in rows:
        say(f"{row[0]}: for {row[-1]}")


def _row(finding: Finding) -> tuple[str, ...]:
    allowed = f"{finding.quota.value:g}" if finding.quota else "-"
    return (
        finding.demand.quota,
        str(finding.demand.count),
        allowed,
        finding.verdict,
        "; ".join(finding.demand.reasons),
    )


def _content(finding: Finding) -> dict[str, Any]:
    """One quota for a program to read."""
    return {
        "quota": finding.demand.quota,
        "needed": finding.demand.count,
        "allowed": finding.quota.value if finding.quota else None,
        "short": finding.short,
        "verdict": finding.verdict,
        "for": list(finding.demand.reasons),
    }


def _request(client: Any, short: list[Finding]) -> None:
    from launchpad.quotas.service import request_increase

    for finding in short:
        if finding.quota and finding.can_be_requested:
            status = request_increase(client, finding.quota, finding.demand.count)
            say(f"requested {finding.demand.count} {finding.demand.quota}: {status}")
        elif finding.requested is not None:
            say(f"{finding.demand.quota}: {finding.requested:g} was requested before, so nothing was filed")
        else:
            say(f"{finding.demand.quota}: {finding.verdict}")
