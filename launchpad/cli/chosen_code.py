"""Says which code a command runs: what is deployed, or the working copy where the environment takes one.

Older code never runs silently: a command that uses what is deployed says so if workloads/ holds something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from launchpad.checkouts.origin import origin_in_words
from launchpad.cli.older_code import warned_of_older_code
from launchpad.cli.terminal import note
from launchpad.launch_code import launch_code
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING:
    from launchpad.workload import Workload


@contextmanager
def chosen_code(
    connection: Connection, platform: Platform, workload: Workload, use: str, *, deployed: bool
) -> Iterator[Mapping[str, Any]]:
    """The keys of an event that say which code is used, for a command of the kind `use` (`launch_code.USED`).

    Raises:
        LaunchpadError: as `launch_code`.
    """
    code = launch_code(connection, platform, workload, use, deployed=deployed)
    if code.is_working_copy:
        note(f"runs your working copy of workloads/{workload.name} ({origin_in_words(code.event['origin'])})")
    with warned_of_older_code(workload.name, code.older, connection.name):
        yield code.event
