"""`launchpad serve`: deploy a trained model to the workload's endpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.following import follow_endpoint, of
from launchpad.cli.options import Deployed, Environment, Workload
from launchpad.cli.pinning import show_pin_elsewhere
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import fields, note
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import endpoints
from launchpad.platform_client.candidates import Candidate, candidate
from launchpad.platform_client.connection import connect
from launchpad.platform_client.platform import find_platform


def serve(
    workload: Workload,
    env: Environment = "local",
    job: Annotated[
        str | None,
        typer.Option(help="The training job whose model to serve; by default the newest, or the best of a tuning."),
    ] = None,
    deployed: Deployed = False,
) -> None:
    """Serve: deploy a trained model to the workload's endpoint.

    Waits until it answers. An existing endpoint is updated without losing a request. A model that fails the
    workload's quality gate is refused. Without --job it takes the newest completed job; the best one if that is part
    of a tuning; the newest evaluated one if workload.yaml has an `evaluate` section.

    Example: launchpad serve boston-housing
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    if not checked.serving:
        raise LaunchpadError(f"workloads/{workload}/workload.yaml has no `serving` section; write one to serve it")
    connection = connect(env)
    platform = find_platform(connection)
    chosen = Candidate(job) if job else candidate(connection, platform, checked)
    with chosen_code(connection, platform, checked, "serve", deployed=deployed) as code:
        with LiveLine(f"Endpoint of {workload}") as line:
            line.detail = f"deploying {chosen.job}"
            answer = endpoints.deploy(connection, platform, workload, chosen.job, code)
            follow_endpoint(connection, answer, line)
        fields(
            [
                ("endpoint", f"{answer['endpoint_name']} ({answer['action']})"),
                ("model", answer["model_name"]),
                ("of job", f"{chosen.job} ({chosen.reason})" if chosen.reason else chosen.job),
            ]
        )
        show_pin_elsewhere(connection, workload, endpoints.served_artifact(connection, answer["endpoint_name"]))
        note(f"ask it with `launchpad predict {workload}{of(env)}`")
