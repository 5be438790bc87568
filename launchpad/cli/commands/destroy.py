"""`launchpad destroy`: delete an environment's stacks and what is in them."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.left_behind import say_what_is_left
from launchpad.cli.options import Environment, Yes
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import note, say
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.connection_without_file import connect_for_removal
from launchpad.platform_client.launched import registry
from launchpad.platform_client.retained import retention
from launchpad.platform_client.stack_deletion import caller_name
from launchpad.platform_client.stack_order import environment_stacks, foreign_stacks, last_of_all
from launchpad.platform_client.teardown import tear_down
from launchpad.updates.lock import only_deploy


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
    region: Annotated[
        str | None,
        typer.Option(help="If the environment's file is gone: where it is deployed.", show_default=False),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(help="If the environment's file is gone: the account that it is in.", show_default=False),
    ] = None,
) -> None:
    """Destroy an environment, with all that is in it.

    Stops what runs, deletes its endpoints and models, then every stack that is deployed, those that left the config
    included, and empties its buckets. It can be run again, and goes on. An environment that retains its data refuses,
    unless you say --leave-data: then its stacks go, protected or not, and its buckets, keys and logs stay in the
    account, no longer managed. `launchpad deploy` takes them back.

    An environment whose file in config/ is gone is found by its stacks. It counts as one that retains its data unless
    its stacks say otherwise.

    Example: launchpad destroy --env dev
    """
    connection, has_file = connect_for_removal(env, region, account)
    with only_deploy(env):
        _destroy(connection, has_file=has_file, yes=yes, leave_data=leave_data)


def _destroy(connection: Connection, *, has_file: bool, yes: bool, leave_data: bool) -> None:
    env = connection.name
    names = [stack["StackName"] for stack in environment_stacks(connection)]
    if not names:
        _say_that_nothing_is_deployed(connection, has_file=has_file)
        return
    retains = _retains(connection, has_file=has_file)
    _check_retention(connection, retains=retains, leave_data=leave_data, has_file=has_file)
    if not yes:
        _ask(connection, names, retains=retains)
    own_stack = _own_identity(connection, names)
    with LiveLine(f"Destroying {env}") as line:
        retained = tear_down(connection, line, retains=retains, spared=own_stack)
    say(f"environment {env} is destroyed" + (f", apart from {', '.join(own_stack)}" if own_stack else ""))
    _explain_kept(env, own_stack)
    say_what_is_left(env, retained, registry(connection) if retains else [])


def _say_that_nothing_is_deployed(connection: Connection, *, has_file: bool) -> None:
    env = connection.name
    if foreign := foreign_stacks(connection):
        note(f"not touched, because they don't have the tag launchpad:environment={env}: {', '.join(foreign)}")
    if has_file:
        say(f"environment {env} is not deployed")
        return
    raise LaunchpadError(
        f"no environment {env!r}: config/ has no file of it, and no stack of it is deployed in"
        f" {connection.settings.region}; another one: --region"
    )


def _retains(connection: Connection, *, has_file: bool) -> bool:
    """What the deployed stacks do with data decides, because it is what CloudFormation will do."""
    config, deployed = connection.settings.retain_data, retention(connection, environment_stacks(connection))
    if has_file and deployed is not None and deployed != config:
        raise LaunchpadError(
            f"config/{connection.name}.yaml says `retain_data: {str(config).lower()}`, but what is deployed"
            f" {'retains' if deployed else 'does not retain'} its data; deploy first, or write"
            f" `retain_data: {str(deployed).lower()}` (nothing was destroyed)"
        )
    return config if deployed is None else deployed


def _check_retention(connection: Connection, *, retains: bool, leave_data: bool, has_file: bool) -> None:
    env, command = connection.name, f"launchpad destroy --env {connection.name}"
    source = f"`retain_data` in config/{env}.yaml" if has_file else "its file is gone, and its stacks say nothing else"
    if retains and not leave_data:
        raise LaunchpadError(
            f"environment {env!r} retains its data ({source}), so it isn't destroyed;"
            f" to delete its stacks and leave buckets and keys behind: `{command} --leave-data`"
        )
    if leave_data and not retains:
        remedy = "; to keep the data, write `retain_data: true` and deploy first" if has_file else ""
        raise LaunchpadError(
            f"environment {env!r} doesn't retain its data, so --leave-data means nothing here: its stacks delete their"
            f" buckets{remedy}"
        )


def _ask(connection: Connection, names: list[str], *, retains: bool) -> None:
    where = (
        connection.local.endpoint_url if connection.local else f"account {connection.account or 'of your credentials'}"
    )
    data = "its data stays" if retains else "with all data and models in it"
    typed = typer.prompt(f"Destroy {', '.join(names)} at {where}, {data}? Type the environment's name to go on")
    if typed != connection.name:
        raise LaunchpadError(f"{typed!r} is not {connection.name!r}; nothing was destroyed")


def _own_identity(connection: Connection, names: list[str]) -> list[str]:
    """The stack of the role that is doing this: without it, the command could not see its own end."""
    from launchpad.settings.github import deploy_role_name

    last = last_of_all(connection.name)
    runs_as_it = last in names and f"/{deploy_role_name(connection.name)}/" in caller_name(connection)
    return [last] if runs_as_it else []


def _explain_kept(env: str, own_stack: list[str]) -> None:
    if own_stack:
        note(
            f"{own_stack[0]} holds the role that ran this command; delete it with other credentials:"
            f" `launchpad destroy --env {env}`"
        )
