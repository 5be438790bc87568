"""`launchpad rollback`: serve again what the endpoint served before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launchpad import paths
from launchpad.cli.following import follow_endpoint, of, waiting
from launchpad.cli.options import Environment, Json, Workload, Yes
from launchpad.cli.pinning import earlier_pin, pin_lines
from launchpad.cli.progress import LiveLine
from launchpad.cli.proposing import propose
from launchpad.cli.terminal import emit, fields, note, say
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints
from launchpad.platform_client.callers import origin_of
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.history import changes
from launchpad.platform_client.platform import find_platform
from launchpad.platform_client.rollback import target

if TYPE_CHECKING:
    from launchpad.promotions.pin_text import Pin
    from launchpad.promotions.proposal import Proposal


def rollback(
    workload: Workload,
    env: Environment = "local",
    to: Annotated[
        str | None,
        typer.Option("--to", help="An earlier job of its history; else the one before.", metavar="JOB"),
    ] = None,
    in_pull_request: Annotated[
        bool, typer.Option("--pull-request", help="Where a config pins what is served: propose the earlier pin.")
    ] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Roll back: the workload's endpoint serves again what it served before.

    The model comes back with the scripts, image and instances that it was served with. Waits until it answers; the
    endpoint is updated without losing a request. `launchpad history` shows what there is to go back to.

    Where a config pins what is served, only a deploy changes it: --pull-request pushes a branch with the pin that the
    config had before, by its history in git, and opens a pull request. Without it, the lines are printed.

    Example: launchpad rollback boston-housing --to local-boston-housing-20261120-114455-3fa2
    """
    from launchpad.catalogue import load_workload
    from launchpad.promotions.earlier import refuse_other_pin_on_base

    load_workload(workload)
    connection = connect(env)
    platform = find_platform(connection)
    if not connection.settings.direct_deploy:
        if in_pull_request:
            refuse_other_pin_on_base(connection.settings.source, workload)
        pin = earlier_pin(connection, platform, workload, to)
        if not in_pull_request:
            _refuse_pinned(connection, workload, pin)
        content = propose(_proposal(env, workload, pin), in_pull_request=True, yes=yes, dry_run=False, json=json)
        if json:
            emit(content)
        return
    if in_pull_request:
        raise LaunchpadError(f"environment {env!r} deploys directly: roll back without --pull-request")
    chosen = target(changes(connection, platform, workload), workload, to, env)
    origin = origin_of(connection, paths.WORKLOADS / workload)
    with LiveLine(f"Endpoint of {workload}") as line:
        line.detail = f"going back to {chosen.job}"
        deployment = endpoints.restore(connection, platform, workload, chosen.name, origin, show=waiting(line))
        follow_endpoint(connection, deployment, line)
    fields(
        [
            ("endpoint", f"{deployment['endpoint_name']} ({deployment['action']})"),
            ("model", deployment["model_name"]),
            ("of job", f"{chosen.job} (served first at {chosen.time:%Y-%m-%d %H:%M %Z})"),
        ]
    )
    if json:
        emit({**deployment, "job": chosen.job})
    note(f"`launchpad history {workload}{of(env)}` shows both")


def _refuse_pinned(connection: Connection, workload: str, pin: Pin) -> None:
    """Print the lines of the config that go back, because only a deploy changes a pinned endpoint."""
    say(pin_lines(workload, pin))
    raise LaunchpadError(
        f"environment {connection.name!r} serves what its config pins: run this with --pull-request, which proposes"
        f" these lines for config/{connection.name}.yaml; after the merge, the workflow's or an administrator's"
        f" `launchpad deploy{of(connection.name)}` serves it"
    )


def _proposal(environment: str, workload: str, pin: Pin) -> Proposal:
    from launchpad.promotions.earlier import short_name
    from launchpad.promotions.facts import served_words
    from launchpad.promotions.pin_text import pin_of
    from launchpad.promotions.proposal import Proposal, read_config

    now = pin_of(read_config(environment), workload)
    return Proposal(
        environment=environment,
        workload=workload,
        pin=pin,
        title=f"Roll {workload} back in {environment}",
        branch=f"rollback-{workload}-{short_name(pin)}-in-{environment}",
        facts=[("pins now", served_words(now)), ("goes back to", served_words(pin))],
        command=f"launchpad rollback {workload} --env {environment} --pull-request",
        effect=(
            f"After the merge, `launchpad deploy --env {environment}` updates the endpoint. It checks a promoted model"
            " again, and copies its artifact if the environment no longer has it."
        ),
    )
