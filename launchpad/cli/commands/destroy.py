"""`launchpad destroy`: delete an environment's stacks and what is in them."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.deploying import CdkRun, log_file, new_log_file, remove_leftovers, synthesize
from launchpad.cli.following import of
from launchpad.cli.options import Environment, Yes
from launchpad.cli.programs import cdk
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import say
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client import teardown
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.platform import stacks


def destroy(
    env: Environment = "local",
    yes: Yes = False,
    leave_data: Annotated[
        bool,
        typer.Option(
            "--leave-data",
            help="Where data is retained: delete the stacks all the same, and leave buckets and keys behind.",
        ),
    ] = False,
) -> None:
    """Destroy an environment, with all that is in it.

    Stops its jobs, deletes its endpoints and models, empties its buckets, then deletes its stacks. An environment
    with `retain_data: true` refuses, unless you say --leave-data: then its stacks go, protected or not,
    and its buckets, keys and logs stay in the account, no longer managed.

    Example: launchpad destroy --env dev
    """
    connection = connect(env)
    names = [stack["StackName"] for stack in stacks(connection)]
    if not names:
        say(f"environment {env} is not deployed")
        return
    retains = connection.settings.retain_data
    _check_retention(env, retains=retains, leave_data=leave_data)
    if not yes:
        _ask(env, connection, names, retains=retains)
    with LiveLine(f"Destroying {env}") as line:
        for done in remove_leftovers(connection, empty=not retains, logs=not retains):
            line.say(f"    {done}")
        if retains:
            teardown.lift_protection(connection, names)
        _delete_stacks(connection, line)
    left = [stack["StackName"] for stack in stacks(connection)]
    if left:
        raise LaunchpadError(f"these stacks are still there: {', '.join(left)}; see {shown(log_file('destroy', env))}")
    say(f"environment {env} is destroyed" + ("; its buckets, keys and logs are still there" if retains else ""))


def _check_retention(env: str, *, retains: bool, leave_data: bool) -> None:
    if retains and not leave_data:
        raise LaunchpadError(
            f"environment {env!r} retains its data (`retain_data` in config/{env}.yaml), so it isn't destroyed;"
            f" to delete its stacks and leave buckets and keys behind: `launchpad destroy{of(env)} --leave-data`"
        )
    if leave_data and not retains:
        raise LaunchpadError(
            f"environment {env!r} doesn't retain its data (`retain_data: false` in config/{env}.yaml), so --leave-data"
            " means nothing here; to keep the data, write `retain_data: true` and deploy first"
        )


def _ask(env: str, connection: Connection, names: list[str], *, retains: bool) -> None:
    where = (
        connection.local.endpoint_url if connection.local else f"account {connection.account or 'of your credentials'}"
    )
    data = "its data stays" if retains else "with all data and models in it"
    typed = typer.prompt(f"Destroy {', '.join(names)} at {where}, {data}? Type the environment's name to go on")
    if typed != env:
        raise LaunchpadError(f"{typed!r} is not {env!r}; nothing was destroyed")


def _delete_stacks(connection: Connection, line: LiveLine) -> None:
    folder = synthesize(connection.name, {**connection.variables(), **cdk.NO_VALIDATION})
    CdkRun(connection, folder, new_log_file("destroy", connection.name), line).destroy()
