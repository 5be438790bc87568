"""`launchpad deploy`: create or update an environment's stacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from launchpad.cli import updating
from launchpad.cli.deploying import (
    CdkRun,
    images_to_push,
    new_log_file,
    require_part,
    start_bootstrap,
    synthesize,
    synthesize_what_is_right,
)
from launchpad.cli.examining import stop_at_problems
from launchpad.cli.following import of
from launchpad.cli.options import Environment, Yes
from launchpad.cli.programs import cdk
from launchpad.cli.progress import LiveLine
from launchpad.cli.promoting import pending_copies
from launchpad.cli.terminal import note, say
from launchpad.cloud_assembly import read_stacks
from launchpad.image_builds.assembly_images import AssemblyImage
from launchpad.image_builds.preparation import check_pushed, prepare_docker
from launchpad.image_builds.promoted_images import missing_promoted, take_over
from launchpad.messages.errors import shown
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.endpoint_logs import keep_endpoint_logs
from launchpad.platform_client.platform import stack_name
from launchpad.platform_client.shared_versions import share_versions
from launchpad.platform_client.taken_endpoints import taken_endpoints
from launchpad.processes.interrupts import Interrupted
from launchpad.updates.lock import only_deploy

PROMOTION = "promotion"
"""The part with the role that takes models and images over, and what it needs."""


def deploy(
    env: Environment = "local",
    yes: Yes = False,
    only: Annotated[
        str | None,
        typer.Option(
            help="Only this stack, such as storage, and those that it needs.", metavar="PART", show_default=False
        ),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only name the stacks that a deploy would delete; `make cloud-diff` does it.")
    ] = False,
) -> None:
    """Deploy an environment with the CDK CLI.

    Creates or updates its stacks, and deletes those that its config no longer has. The local AWS is bootstrapped if
    need be. Any other account asks before it changes, and before a stack is deleted; --yes doesn't. It stops before
    anything changes if it would fail; `launchpad doctor` checks more.

    Example: launchpad deploy --env dev
    """
    if plan and only:
        raise typer.BadParameter(
            "deletes no stack, so there is nothing to name: leave --plan or --only out", param_hint="--only"
        )
    connection = connect(env)
    if plan:
        updating.say_what_goes(connection, read_stacks(synthesize(env, connection.variables())))
        return
    with only_deploy(env):
        if not connection.local and not yes:
            account = connection.account or connection.client("sts").get_caller_identity()["Account"]
            typer.confirm(f"Deploy environment {env} to account {account}, {connection.settings.region}?", abort=True)
        log = _deploy(connection, yes=yes, only=only)
    say(f"stack {stack_name(env, only)} is deployed" if only else f"environment {env} is deployed")
    if log.exists():  # it was needed
        note(f"all that the CDK CLI said: {shown(log)}")


def _deploy(connection: Connection, *, yes: bool, only: str | None) -> Path:
    """Synthesize and deploy; return the file with the CDK CLI's output."""
    env = connection.name
    log = new_log_file("deploy", env)
    bootstrap = start_bootstrap(connection, log)
    speed = cdk.NO_VALIDATION if connection.local else {}
    folder = synthesize_what_is_right(connection.settings, {**connection.variables(), **speed})
    if only:
        require_part(folder, env, only)
    stop_at_problems(connection, folder, only)
    taken = taken_endpoints(connection, only)
    stacks = read_stacks(folder)
    with LiveLine("Checking promoted models") as line:
        pending = pending_copies(connection, stacks, only, line)
    if bootstrap:
        with LiveLine(f"Deploying {env}") as line, hint_at_interruption(env):
            CdkRun(connection, folder, log, line).finish_bootstrap(bootstrap)
    images = images_to_push(connection, folder, only)
    _take_over_images(connection, folder, images, yes=yes)
    for registry in prepare_docker(connection, images):
        note(f"Docker is logged in to {registry}")
    update = updating.plan(connection, stacks, yes=yes, only=only)
    with LiveLine(f"Deploying {env}") as line, hint_at_interruption(env):
        updating.deploy(CdkRun(connection, folder, log, line), update, only, pending, taken)
    check_pushed(connection, images)
    if not only:
        for remark in filter(None, (share_versions(connection), keep_endpoint_logs(connection))):
            note(remark)
    return log


def _take_over_images(connection: Connection, assembly: Path, images: Sequence[AssemblyImage], *, yes: bool) -> None:
    """Copy what the environment before this one has built; the role and the repositories for it come first."""
    missing = missing_promoted(connection, images)
    if not missing:
        return
    update = updating.plan(connection, read_stacks(assembly), yes=yes, only=PROMOTION)
    with LiveLine(f"Copying images to {connection.name}") as line, hint_at_interruption(connection.name):
        updating.deploy(CdkRun(connection, assembly, new_log_file("deploy", connection.name), line), update, PROMOTION)
        for copied in take_over(connection, missing, line.say):
            line.say(f"    {copied}")


@contextmanager
def hint_at_interruption(env: str) -> Iterator[None]:
    """Say after Ctrl-C what becomes of the stacks, because CloudFormation doesn't notice it."""
    try:
        yield
    except Interrupted as signal:
        message = (
            f"{signal.message}: stacks that were being deployed go on in AWS (`launchpad status{of(env)}`);"
            f" once they have ended, run `launchpad deploy{of(env)}` again to finish"
        )
        raise Interrupted(signal.number, message) from None
