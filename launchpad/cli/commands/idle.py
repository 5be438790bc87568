"""`launchpad idle`: which endpoints are not used, since when, and what will be removed next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from launchpad.cli.following import of
from launchpad.cli.options import Environment, Json
from launchpad.cli.terminal import emit, note, say, show, table
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.platform import find_output

COLUMNS = ["endpoint", "status", "idle since (UTC)", "next", "reason"]
NOW = {"report": "reported now", "remove": "removed now", "restore": "brought back now"}
"""What the function would do if it ran now; it runs at each full hour."""


def idle(env: Environment = "local", json: Json = False) -> None:
    """Show which endpoints have no invocations, since when, and what will be removed next, with the reason.

    An endpoint of `launchpad serve` without an invocation for `idle_endpoint_hours` (or `serving.idle_hours` of its
    workload) is reported to the alert topic, and removed an hour later. One with `serving.hours` is removed at closing
    time and brought back at opening. `launchpad serve WORKLOAD` brings back what was served.

    Example: launchpad idle --env dev
    """
    connection = connect(env)
    function = find_output(connection, "observability", "IdleFunctionName")
    if function is None:
        raise LaunchpadError(_why_none(connection))
    endpoints = invoke(connection, function, {"dry_run": True})["endpoints"]
    if json:
        emit(endpoints)
    if not endpoints:
        say(f"no endpoint of `launchpad serve` exists in {env}")
        return
    show(table(f"Endpoints of {env}", COLUMNS, map(_row, endpoints)))
    removed = sorted({workload for each in endpoints if each["status"] == "Removed" for workload in each["workloads"]})
    for workload in removed:
        note(f"`launchpad serve {workload}{of(env)}` brings back what was served")


def _why_none(connection: Connection) -> str:
    settings, name = connection.settings, connection.name
    if not settings.direct_deploy:
        return f"{name!r} serves what its config pins (direct_deploy: false); pinned endpoints are never removed"
    if not settings.removes_endpoints:
        return f"{name!r} keeps its endpoints, as every environment named like staging or production"
    return f"{name!r} has no function for idle endpoints yet; run `launchpad deploy --env {name}`"


def _row(endpoint: Mapping[str, Any]) -> list[str]:
    coming = f"{endpoint['next']} {_time(endpoint['next_at'])}" if endpoint["next"] else ""
    nearest = NOW.get(endpoint["action"], coming)
    since = _time(endpoint["idle_since"]) if endpoint["idle_since"] else ""
    return [endpoint["endpoint"], endpoint["status"], since, nearest, endpoint["reason"]]


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
