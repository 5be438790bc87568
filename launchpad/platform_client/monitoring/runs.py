"""Starts a workload's monitoring jobs through the monitor function."""

from __future__ import annotations

from dataclasses import dataclass

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.platform import find_output

STACK, OUTPUT = "observability", "MonitorFunctionName"
STARTED, SKIPPED = "started", "skipped"


@dataclass(frozen=True)
class MonitoringRun:
    """What the function did for one endpoint, or for the last transform job."""

    endpoint: str
    job: str
    """The monitoring job; empty if none was started."""
    status: str
    """`started` or `skipped`."""
    reason: str


def start(connection: Connection, workload: str, hours: int | None = None) -> list[MonitoringRun]:
    """Have the function start a job for each endpoint of a workload, over the last `hours` or since the last report.

    Raises:
        LaunchpadError: the environment has no such function, or it refused: the model has no baseline, for example.
    """
    function = find_output(connection, STACK, OUTPUT)
    if function is None:
        raise LaunchpadError(
            f"environment {connection.name!r} monitors no workload yet; run `launchpad deploy --env {connection.name}`"
            " with a `monitoring` section in workload.yaml"
        )
    event = {"workload": workload, "by": "monitor", **({"hours": hours} if hours else {})}
    rows = invoke(connection, function, event)["runs"]
    return [MonitoringRun(row["endpoint"] or "", row["job"] or "", row["status"], row["reason"] or "") for row in rows]
