"""`launchpad rollback`: serve again what the endpoint served before."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad import paths
from launchpad.checkouts.origin import origin_of
from launchpad.cli.following import follow_endpoint, of, waiting
from launchpad.cli.options import Environment, Json, Workload
from launchpad.cli.pinning import earlier_pin
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import emit, fields, note, say
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.history import changes
from launchpad.platform_client.platform import Platform, find_platform
from launchpad.platform_client.rollback import target


def rollback(
    workload: Workload,
    env: Environment = "local",
    to: Annotated[
        str | None,
        typer.Option("--to", help="An earlier job of its history; else the one before.", metavar="JOB"),
    ] = None,
    json: Json = False,
) -> None:
    """Roll back: the workload's endpoint serves again what it served before.

    The model comes back with the scripts, image and instances that it was served with. Waits until it answers; the
    endpoint is updated without losing a request. `launchpad history` shows what there is to go back to.

    Example: launchpad rollback boston-housing --to local-boston-housing-20261120-114455-3fa2
    """
    from launchpad.catalogue import load_workload

    load_workload(workload)
    connection = connect(env)
    platform = find_platform(connection)
    if not connection.settings.direct_deploy:
        _refuse_pinned(connection, platform, workload, to)
    chosen = target(changes(connection, platform, workload), workload, to)
    with LiveLine(f"Endpoint of {workload}") as line:
        line.detail = f"going back to {chosen.job}"
        deployment = endpoints.restore(
            connection, platform, workload, chosen.name, origin_of(paths.WORKLOADS / workload), show=waiting(line)
        )
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


def _refuse_pinned(connection: Connection, platform: Platform, workload: str, job: str | None) -> None:
    """Print the lines of the config that go back, because only a deploy changes a pinned endpoint."""
    say(earlier_pin(connection, platform, workload, job))
    raise LaunchpadError(
        f"environment {connection.name!r} serves what its config pins: write these lines into"
        f" config/{connection.name}.yaml, then `launchpad deploy{of(connection.name)}`"
    )
