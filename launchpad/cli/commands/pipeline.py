"""`launchpad pipeline`: a workload's jobs in one run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from launchpad.cli.chosen_code import chosen_code
from launchpad.cli.following import of
from launchpad.cli.options import Deployed, Environment, RunSettings, Token, Workload, new_token
from launchpad.cli.pinning import show_what_comes_next
from launchpad.cli.progress import LiveLine
from launchpad.cli.run_settings import settings_of
from launchpad.cli.terminal import fields, note, say
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import executions
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.model_packages import read_version
from launchpad.platform_client.platform import find_platform
from launchpad.processes.interrupts import Interrupted


def run(
    workload: Workload,
    env: Environment = "local",
    settings: RunSettings = None,
    token: Token = None,
    deployed: Deployed = False,
    detach: Annotated[bool, typer.Option("--detach", help="Print the run's ARN and leave.")] = False,
) -> None:
    """Run a workload's pipeline, and follow it.

    Prepare, train or tune, evaluate, judge, register, deploy: those that the workload has and the environment
    allows. Ctrl-C stops following, not the pipeline.

    Example: launchpad pipeline run boston-housing
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    overrides = settings_of(checked, "tuning" if checked.tuning else "training", settings)
    connection = connect(env)
    with chosen_code(connection, find_platform(connection), checked, "pipeline", deployed=deployed) as code:
        execution = executions.start(connection, workload, token or new_token(), overrides, code)
        if detach:
            say(execution)
            return
        say(f"pipeline {execution.rpartition(':')[2]}", "bold")
        _tell_result(connection, workload, _follow(connection, workload, execution))


def _follow(connection: Connection, workload: str, execution: str) -> Mapping[str, Any]:
    with LiveLine(f"Pipeline of {workload}") as line:

        def show(state: str) -> None:
            line.detail = state
            if not state.endswith("?"):
                line.say(f"    {state}")

        try:
            return executions.follow(connection, execution, show)
        except Interrupted as signal:
            stop_it = f"`launchpad pipeline stop {execution}{of(connection.name)}`"
            raise Interrupted(signal.number, f"interrupted; the pipeline goes on: end it with {stop_it}") from None


def stop(
    execution: Annotated[str, typer.Argument(help="The run's ARN.", metavar="ARN", show_default=False)],
    env: Environment = "local",
) -> None:
    """Stop a run of the pipeline, and the job that it waits for.

    Example: launchpad pipeline stop arn:aws:states:us-east-1:123456789012:execution:pipeline:run
    """
    executions.stop(connect(env), execution)
    say("stopped")


def _tell_result(connection: Connection, workload: str, ended: Mapping[str, Any]) -> None:
    if ended["status"] != "SUCCEEDED":
        raise LaunchpadError(
            f"the pipeline {ended['status'].lower().replace('_', ' ')}: {ended.get('cause') or ''}".strip()
        )
    result = json.loads(ended.get("output") or "{}")
    metrics = result.pop("metrics", {})
    rows = [
        (key.removesuffix("_name").removesuffix("_arn").replace("_", " "), str(value)) for key, value in result.items()
    ]
    fields(
        [*rows, *((("metrics", "  ".join(f"{key} {value:.6g}" for key, value in metrics.items())),) if metrics else ())]
    )
    if "endpoint_name" in result:
        note(f"ask it with `launchpad predict {workload}{of(connection.name)}`")
    if "model_package_arn" in result:
        show_what_comes_next(connection, workload, read_version(connection, result["model_package_arn"]))
