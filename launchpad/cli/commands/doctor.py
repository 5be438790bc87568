"""`launchpad doctor`: what can be known before a deploy."""

from __future__ import annotations

import typer

from launchpad.cli.options import Environment, Json
from launchpad.cli.terminal import emit, out, say

UNFIT = 1
"""Exit code when a problem would make the deploy fail; warnings and open questions don't count."""


def doctor(
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Check all that can be known before a deploy, with what to do about each problem.

    This machine, Docker, the credentials, the region, CDK's bootstrap, the states of stacks, names that are taken,
    quotas, service-linked roles, registries, and your permissions. It changes nothing. What you may not ask is
    `unknown`, and no problem. Exits with 1 when a problem would make the deploy fail.

    `launchpad deploy` runs the quick half of it first. In CI: launchpad doctor --env dev --json

    Example: launchpad doctor --env dev
    """
    from launchpad.cli import examining

    deployment, rows = examining.examine_environment(env)
    if as_json:
        emit(examining.as_json(deployment, rows))
    else:
        for line in examining.table(rows, out.width if out.is_terminal else None):
            out.print(line)
        say(f"{examining.summary(rows)} for a deploy of {env} to {deployment.settings.region}")
    if any(row.status == "problem" for row in rows):
        raise typer.Exit(UNFIT)
