"""Asks the weekly function what is idle (`only: idle`) or old (`only: retention`), or has it act on that now."""

from __future__ import annotations

from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.platform import find_output


def keep_house(connection: Connection, only: str, *, dry_run: bool = True, **event: Any) -> dict[str, Any]:
    """The function's answer (`lambda/housekeeping.py`).

    Raises:
        LaunchpadError: the environment has no such function yet, or it failed.
    """
    function = find_output(connection, "observability", "HousekeepingFunctionName")
    if function is None:
        name = connection.name
        raise LaunchpadError(f"{name!r} has no housekeeping function yet; run `launchpad deploy --env {name}`")
    return invoke(connection, function, {"only": only, "dry_run": dry_run, **event})
