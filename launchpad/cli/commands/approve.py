"""`launchpad approve`: let a registered model be served, or reject it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.following import gate_verdict
from launchpad.cli.options import Environment, Json, Workload, Yes
from launchpad.cli.pinning import show_blocked_pins, show_what_comes_next
from launchpad.cli.terminal import emit, fields, say
from launchpad.platform_client.connection import connect
from launchpad.platform_client.model_packages import (
    APPROVED,
    REJECTED,
    Version,
    find_version,
    read_version,
    set_approval,
)

if TYPE_CHECKING:
    from launchpad import workload as schema


def approve(
    workload: Workload,
    env: Environment = "local",
    version: Annotated[
        int | None,
        typer.Option(help="The version's number; the newest that waits for approval by default.", min=1),
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Reject it.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Approve a version of a model, so that an endpoint may serve it, or reject it.

    The pipeline registers versions that wait for approval, and AWS creates no endpoint of one that is not approved.
    Shows the version's metrics and the workload's quality gate, and asks.

    Example: launchpad approve boston-housing --env dev
    """
    from launchpad.catalogue import load_workload

    checked, connection = load_workload(workload), connect(env)
    chosen = find_version(connection, workload, version)
    _show(chosen, checked)
    if reject:
        show_blocked_pins(chosen.arn)
    status = REJECTED if reject else APPROVED
    if chosen.status != status:
        if not yes:
            typer.confirm(
                f"{'Reject' if reject else 'Approve'} version {chosen.number} of {chosen.group}?", abort=True, err=json
            )
        set_approval(connection, chosen, approved=not reject)
        chosen = read_version(connection, chosen.arn)
    say(f"version {chosen.number} of {chosen.group} is {chosen.status.lower()}")
    if json:
        emit(_content(chosen, checked))
    show_what_comes_next(connection, workload, chosen)


def _content(version: Version, workload: schema.Workload) -> dict[str, Any]:
    """A version for a program to read."""
    return {
        "group": version.group,
        "version": version.number,
        "arn": version.arn,
        "status": version.status,
        "registered": version.registered,
        "artifact": version.artifact,
        "metrics": dict(version.metrics),
        "quality_gate": gate_verdict(workload, version.metrics) or None,
    }


def _show(version: Version, workload: schema.Workload) -> None:
    fields(
        [
            ("version", f"{version.number} of {version.group}, {version.status}"),
            ("registered", f"{version.registered:%Y-%m-%d %H:%M %Z}"),
            ("artifact", version.artifact),
            ("metrics", "  ".join(f"{name} {value:.6g}" for name, value in sorted(version.metrics.items()))),
            ("quality gate", gate_verdict(workload, version.metrics)),
        ]
    )
