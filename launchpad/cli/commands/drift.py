"""`launchpad drift`: what differs between the templates, the account, and what a deploy would make of it today."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad.cli.options import Environment, Json
from launchpad.cli.progress import LiveLine
from launchpad.cli.tables import table
from launchpad.cli.terminal import emit, err, note, plural, say, show
from launchpad.messages.errors import LaunchpadError

if TYPE_CHECKING:
    from launchpad.platform_client.connection import Connection
    from launchpad.platform_client.stack_drift import StackDrift
    from template_diff.model import ResourceChange

DRIFTED, NOT_CHECKED = 3, 4
"""Exit codes: something differs; nothing that was compared does, but a stack could not be compared."""
LONGEST_VALUE = 40


def drift(
    env: Environment = "local",
    config: Annotated[
        bool, typer.Option("--config/--no-config", help="Also compare the deployed templates with today's config.")
    ] = True,
    json: Json = False,
) -> None:
    """Show what was changed in the account without a deploy, and what a deploy would change today.

    The first is CloudFormation's drift detection of each stack: it compares the properties that the template sets, of
    the types that it can read; the others are listed as not compared. It reads with your permissions, and takes
    minutes. The second compares the deployed templates with those of this checkout. Nothing is changed.

    Exit codes: 0 neither; 3 something differs; 4 nothing that was compared differs, but a stack could not be compared;
    1 refused or failed; 2 wrong usage.

    Example: launchpad drift --env prod
    """
    from launchpad.platform_client.connection import connect
    from launchpad.platform_client.stack_drift import stack_drifts

    connection = connect(env)
    with LiveLine(f"detecting the drift of {env}", console=err):
        stacks = list(stack_drifts(connection))
    if not stacks:
        raise LaunchpadError(f"{env!r} is not deployed; run `launchpad deploy --env {env}`")
    changes = _changes_of_a_deploy(connection) if config else []
    if json:
        emit(_document(env, stacks, changes))
    else:
        _show(env, stacks, changes)
    raise typer.Exit(_exit_code(stacks, changes))


def _exit_code(stacks: Sequence[StackDrift], changes: Sequence[ResourceChange]) -> int:
    if changes or any(stack.status == "DRIFTED" for stack in stacks):
        return DRIFTED
    return NOT_CHECKED if any(stack.status == "NOT_CHECKED" for stack in stacks) else 0


def _changes_of_a_deploy(connection: Connection) -> list[ResourceChange]:
    """What a deploy of this checkout would do to the resources, as `launchpad diff` says it."""
    from launchpad.cli.deploying import synthesize
    from launchpad.cloud_assembly import read_stacks
    from launchpad.updates.deployed import deployed_stacks
    from template_diff.compare import compare

    assembly = read_stacks(synthesize(connection.name, {**os.environ}))
    deployed = deployed_stacks(connection.client("cloudformation"), connection.name)
    old = {(connection.name, name): stack.template for name, stack in deployed.items()}
    new = {(connection.name, name): stack.template for name, stack in assembly.items()}
    return list(compare(old, new).resources)


def _document(env: str, stacks: Sequence[StackDrift], changes: Sequence[ResourceChange]) -> dict[str, Any]:
    return {
        "environment": env,
        "drifted": any(stack.status == "DRIFTED" for stack in stacks),
        "stacks": [asdict(stack) for stack in stacks],
        "deploy_would_change": [
            {
                "stack": change.place.stack,
                "logical_id": change.place.logical_id,
                "resource_type": change.resource_type,
                "action": change.label,
            }
            for change in changes
        ],
    }


def _show(env: str, stacks: Sequence[StackDrift], changes: Sequence[ResourceChange]) -> None:
    rows = [(stack.name, stack.status, str(stack.checked), str(sum(stack.unchecked.values()))) for stack in stacks]
    show(table(f"Stacks of {env}", ("stack", "status", "compared", "not compared"), rows, ("compared", "not compared")))
    if differences := list(_differences(stacks)):
        show(table("Changed without a deploy", ("resource", "what", "template", "account"), differences))
    for stack in stacks:
        if stack.reason:
            note(f"{stack.name}: {stack.reason}")
    if types := sum((Counter(stack.unchecked) for stack in stacks), Counter()):
        names = ", ".join(f"{count} {name.removeprefix('AWS::')}" for name, count in sorted(types.items()))
        note(f"not compared: {names}")
    if changes:
        actions = [(f"{each.place.stack}/{each.place.logical_id}", each.resource_type, each.label) for each in changes]
        show(table("What a deploy of this checkout would change", ("resource", "type", "action"), actions))
    if any(stack.status == "DRIFTED" for stack in stacks):
        say(
            f"a deploy doesn't undo drift of a resource whose template stays the same: undo the change by hand, or"
            f" write it into config/{env}.yaml or stacks/ and deploy"
        )
    elif not changes:
        say(f"nothing that was compared differs ({plural(len(stacks), 'stack')})")


def _differences(stacks: Sequence[StackDrift]) -> Iterator[tuple[str, str, str, str]]:
    for stack in stacks:
        for resource in stack.resources:
            name = f"{stack.name}/{resource.logical_id}"
            if not resource.differences:
                yield name, resource.status.lower(), resource.resource_type, ""
            for difference in resource.differences:
                yield name, difference.path, _short(difference.expected), _short(difference.actual)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 3]}..."
