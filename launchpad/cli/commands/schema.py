"""JSON Schemas for editors: `launchpad schema`."""

from __future__ import annotations

from launchpad.cli.terminal import say
from launchpad.messages.errors import shown


def schema() -> None:
    """Write the JSON Schemas of config and workload files, by which an editor completes and checks them.

    Example: launchpad schema
    """
    from launchpad.checks.json_schemas import write_schemas

    for file in write_schemas():
        say(shown(file))
