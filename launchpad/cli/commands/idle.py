"""`launchpad idle`: what is not used, since when, what a month of it costs, and what is stopped or removed next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from launchpad.cli.following import of
from launchpad.cli.idle import endpoint_table, idle_table
from launchpad.cli.options import Environment, Json, Yes
from launchpad.cli.retention import kind_table
from launchpad.cli.terminal import emit, note, plural, say, show
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.functions import invoke
from launchpad.platform_client.housekeeping import keep_house
from launchpad.platform_client.platform import find_output


def idle(
    env: Environment = "local",
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop now what the config's `housekeeping.stop` names; asks first.")
    ] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Show what is not used, since when, what a month of it costs, and what will be stopped or removed next.

    Notebook instances, Studio, EMR, MLflow, endpoints and the network's ways out are reported weekly, and stopped if
    the config's `housekeeping.stop` names them. An endpoint of `launchpad serve` without an invocation for
    `idle_endpoint_hours` (or `serving.idle_hours` of its workload) is reported to the alert topic, and removed an hour
    later. One with `serving.hours` is removed at closing time and brought back at opening. `launchpad serve WORKLOAD`
    brings back what was served. Old models, artifacts, images and logs are counted; `launchpad retention` lists them.

    Example: launchpad idle --env dev
    """
    connection = connect(env)
    state = keep_house(connection, "idle")
    if stop:
        state = _stop(connection, state, yes=yes)
    endpoints = _endpoints(connection)
    kinds = keep_house(connection, "retention")["kinds"]
    if json:
        emit({**state, "endpoints": endpoints, "old": kinds})
        return
    _show_idle(connection, state)
    _show_endpoints(connection, endpoints)
    if old := [kind for kind in kinds if kind["count"] or kind["unreadable"]]:
        show(kind_table(connection.name, old))
        note(f"each of them: `launchpad retention{of(connection.name)} --details`")
    else:
        say("no old model, artifact, image or log")


def _stop(connection: Connection, state: Mapping[str, Any], *, yes: bool) -> dict[str, Any]:
    """Stop what may be stopped, as the function finds it now; what it finds and did."""
    stoppable = [row for row in state["rows"] if row["action"] == "stop"]
    if not stoppable:
        note(f"nothing to stop: `housekeeping.stop` in config/{connection.name}.yaml names what may be")
        return dict(state)
    names = ", ".join(f"{row['kind']} {row['name']}" for row in stoppable)
    if not yes:
        typer.confirm(f"Stop {names}?", abort=True, err=True)
    return keep_house(connection, "idle", dry_run=False)


def _endpoints(connection: Connection) -> list[dict[str, Any]]:
    """What the hourly function says of the endpoints of `launchpad serve`; nothing where it removes none."""
    function = find_output(connection, "observability", "IdleFunctionName")
    if function is None:
        return []
    endpoints: list[dict[str, Any]] = invoke(connection, function, {"dry_run": True})["endpoints"]
    return endpoints


def _show_idle(connection: Connection, state: Mapping[str, Any]) -> None:
    rows = state["rows"]
    if rows:
        show(idle_table(connection.name, rows))
        unknown = f" + {plural(len(state['unknown']), 'unknown price')}" if state["unknown"] else ""
        say(f"together ${state['monthly_usd']:,.2f}{unknown} a month, at list price")
    else:
        say(f"nothing that was looked at is idle in {connection.name}")
    for key in state["unknown"]:
        note(f"unknown price: {key}")
    for failure in state["failures"]:
        note(f"not looked at or not stopped: {failure}")


def _show_endpoints(connection: Connection, endpoints: Sequence[Mapping[str, Any]]) -> None:
    if reason := _why_none_is_removed(connection):
        note(reason)
        return
    if not endpoints:
        say(f"no endpoint of `launchpad serve` exists in {connection.name}")
        return
    show(endpoint_table(connection.name, endpoints))
    removed = sorted({workload for each in endpoints if each["status"] == "Removed" for workload in each["workloads"]})
    for workload in removed:
        serve = f"`launchpad serve {workload}{of(connection.name)}`"
        note(f"{serve} brings back what was served (a data scientist's command)")


def _why_none_is_removed(connection: Connection) -> str:
    settings, name = connection.settings, connection.name
    if not settings.direct_deploy:
        return f"{name!r} serves what its config pins (direct_deploy: false); pinned endpoints are never removed"
    if not settings.removes_endpoints:
        return f"{name!r} keeps its endpoints, as every environment named like staging or production"
    return ""
