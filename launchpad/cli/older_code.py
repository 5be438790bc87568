"""Warns when a command runs a workload as it was last deployed, and workloads/ holds something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from launchpad.cli.following import of
from launchpad.cli.terminal import err, note, say
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING:
    from launchpad.workload import Workload

USED = {
    "training": ("training",),
    "tuning": ("training", "tuning"),
    "prepare": ("prepare",),
    "evaluate": ("evaluate",),
    "transform": ("transform", "serving"),
    "spark": ("spark",),
    "serve": ("serving", "quality_gate"),
    "pipeline": ("prepare", "spark", "training", "tuning", "evaluate", "serving", "quality_gate", "pipeline"),
}
"""The sections of workload.yaml, with their scripts, that each command uses."""


@contextmanager
def warned_of_older_code(connection: Connection, platform: Platform, workload: Workload, use: str) -> Iterator[None]:
    """Warn before the command and, because a job's log follows, once more as its last line, also when it fails."""
    sections = older_sections(connection, platform, workload, use)
    warning = (
        f"this used the workload as it was last deployed: in workloads/{workload.name}/, {', '.join(sections)} changed"
        f" since then (`launchpad deploy{of(connection.name)}` first, to use that)"
    )
    if sections:
        note(f"{', '.join(sections)} in workloads/{workload.name}/ changed since the last deploy, and is not used")
    try:
        yield
    finally:
        if sections:
            say(f"warning: {warning}", "yellow", console=err)


def older_sections(connection: Connection, platform: Platform, workload: Workload, use: str) -> list[str]:
    """The sections that `use` needs and that differ from the deployed ones, in settings or scripts.

    Raises:
        LaunchpadError: the workload is not deployed.
    """
    from launchpad import paths
    from launchpad.catalogue import render
    from launchpad.requests.fingerprint import fingerprints

    answer = invoke(connection, platform.launch_function, {"workload": workload.name, "kind": "definition"})
    definition, _ = render(workload, connection.settings, paths.WORKLOADS / workload.name)
    deployed, current = answer["fingerprints"], fingerprints(definition)
    return [section for section in USED[use] if deployed.get(section) != current[section]]
