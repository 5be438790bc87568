"""An environment's stacks: `launchpad synth`, `deploy`, `destroy`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.deploying import CdkRun, assembly_folder, remove_leftovers, require_part
from launchpad.cli.following import of
from launchpad.cli.options import Environment, Yes
from launchpad.cli.programs import cdk
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import note, plural, say
from launchpad.platform_client import teardown
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.platform import stack_name, stacks
from launchpad.problems import LaunchpadError, shown


def synth(env: Environment = "local") -> None:
    """Write an environment's templates; needs no AWS.

    Says where they are: CloudFormation templates, in a cloud assembly that the CDK CLI takes.

    Example: launchpad synth --env dev
    """
    folder = _synthesize(env, dict(os.environ))
    templates = sorted(folder.rglob("*.template.json"))
    for template in templates:
        say(shown(template))
    note(f"{plural(len(templates), 'template')} of environment {env}")


def deploy(
    env: Environment = "local",
    yes: Yes = False,
    only: Annotated[
        str | None,
        typer.Option(
            help="Only this stack, such as storage, and those that it needs.", metavar="PART", show_default=False
        ),
    ] = None,
) -> None:
    """Deploy an environment with the CDK CLI.

    Creates or updates its stacks. The local AWS is bootstrapped if need be. Any other account asks before it
    changes; --yes doesn't.

    Example: launchpad deploy --env dev
    """
    connection = connect(env)
    if not connection.local and not yes:
        account = connection.account or connection.client("sts").get_caller_identity()["Account"]
        typer.confirm(f"Deploy environment {env} to account {account}, {connection.settings.region}?", abort=True)
    speed = cdk.NO_VALIDATION if connection.local else {}
    folder = _synthesize(env, {**connection.variables(), **speed})
    if only:
        require_part(folder, env, only)
    with LiveLine(f"Deploying {env}") as line:
        run = CdkRun(connection, folder, _new_log("deploy", env), line)
        if connection.local:
            run.bootstrap_if_missing(str(connection.account))
        run.deploy(only)
    say(f"stack {stack_name(env, only)} is deployed" if only else f"environment {env} is deployed")
    note(f"all that the CDK CLI said: {shown(run.log)}")


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
        raise LaunchpadError(f"these stacks are still there: {', '.join(left)}; see {shown(_log('destroy', env))}")
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
    folder = _synthesize(connection.name, {**connection.variables(), **cdk.NO_VALIDATION})
    CdkRun(connection, folder, _new_log("destroy", connection.name), line).destroy()


def _synthesize(env: str, variables: dict[str, str]) -> Path:
    from launchpad.settings import load_environment

    load_environment(env)  # reports a wrong name or file before anything is started
    folder = assembly_folder(env)
    shutil.rmtree(folder, ignore_errors=True)
    with LiveLine(f"Synthesizing {env}"):
        cdk.synth(env, folder, variables)
    return folder


def _log(command: str, env: str) -> Path:
    return paths.BUILD / "logs" / f"{command}-{env}.log"


def _new_log(command: str, env: str) -> Path:
    log = _log(command, env)
    log.unlink(missing_ok=True)
    return log
