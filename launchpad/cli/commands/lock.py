"""`launchpad lock`: lock the requirements of one workload or container."""

from __future__ import annotations

from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.locking import folder_of, sources
from launchpad.cli.locking import lock as lock_file
from launchpad.cli.terminal import say
from launchpad.messages.errors import LaunchpadError, shown


def lock(
    name: Annotated[
        str | None,
        typer.Argument(help="A folder in workloads/ or containers/.", metavar="WORKLOAD|CONTAINER", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All workloads and containers.")] = False,
) -> None:
    """Lock the requirements of one workload or container, and of no other.

    Writes a .txt with exact versions and hashes next to each of its .in files (requirements.in, data-requirements.in,
    src/requirements.in), by uv. Pins that still fit stay as they are.

    Example: launchpad lock boston-housing
    """
    if every == (name is not None):
        raise LaunchpadError("write the name of one workload or container, or --all")
    homes = (paths.WORKLOADS, paths.CONTAINERS)
    folders = (
        [folder_of(name)] if name else [path for home in homes for path in sorted(home.iterdir()) if path.is_dir()]
    )
    files = [source for folder in folders for source in sources(folder)]
    if name and not files:
        raise LaunchpadError(
            f"{shown(folders[0])} has no .in file; write the packages into {_example(name)}, one a line"
        )
    for source in files:
        say(f"{shown(source)} -> {shown(lock_file(source))}")


def _example(name: str) -> str:
    folder = folder_of(name)
    return f"{shown(folder)}/{'data-' if folder.parent == paths.WORKLOADS else ''}requirements.in"
