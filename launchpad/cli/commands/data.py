"""`launchpad data`: prepare a workload's data and upload it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from launchpad.cli.options import Environment, Json, Workload
from launchpad.cli.preparing import prepare
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import emit, say
from launchpad.platform_client.connection import connect
from launchpad.platform_client.platform import find_platform


def data(
    workload: Workload,
    env: Environment = "local",
    keep: Annotated[
        bool, typer.Option("--keep/--delete", help="Keep earlier uploads that data.py no longer writes, and list them.")
    ] = False,
    json: Json = False,
) -> None:
    """Prepare a workload's data and upload it.

    Runs workloads/WORKLOAD/data.py in an environment made from its locked data-requirements.txt, and uploads the
    folder of each channel, or other input of its jobs, to the data bucket. Files that the bucket already has, by
    checksum, stay. Files that an earlier call uploaded and data.py no longer writes are removed, so that no job reads
    them; the bucket keeps their versions for a while. What jobs wrote is never removed.

    Example: launchpad data boston-housing
    """
    from launchpad.catalogue import load_workload

    checked = load_workload(workload)
    connection = connect(env)
    platform = find_platform(connection)
    with LiveLine(f"Data of {workload}") as line:
        prepared = prepare(connection, platform, checked, line, keep=keep)
    say(str(prepared))
    if json:
        emit({"workload": workload, **asdict(prepared)})
