"""`launchpad retention`: what is old and referred to by nothing, by which rule, and its deletion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from launchpad.cli.following import of
from launchpad.cli.options import Environment, Json, Yes
from launchpad.cli.progress import LiveLine
from launchpad.cli.retention import kind_table, row_table
from launchpad.cli.terminal import emit, note, say, show, size
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.housekeeping import keep_house


def retention(
    env: Environment = "local",
    details: Annotated[bool, typer.Option("--details", help="List each old thing, with the reason.")] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete now what the rules say; asks first. Needs `retention.delete: true`.")
    ] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Show which models, artifacts, checkpoints, job logs, images and model packages nothing refers to any more.

    The config's `retention` has the days after which each kind is old. What is served, pinned, approved, running, or
    within reach of `launchpad rollback` never is. The weekly report has the same; it deletes where the config says
    `retention: {delete: true}`. With --apply it is deleted now, by the platform's function: it can be stopped, and run
    again.

    Example: launchpad retention --env dev --details
    """
    connection = connect(env)
    state = keep_house(connection, "retention")
    if apply:
        state["deleted"] = _apply(connection, state, yes=yes, json=json)
    if json:
        emit(state)
    elif not apply:
        _show(connection, state, details=details)
    if apply and state["deleted"]["failures"]:
        raise LaunchpadError("AWS kept " + "; ".join(state["deleted"]["failures"]))


def _show(connection: Connection, state: Mapping[str, Any], *, details: bool) -> None:
    show(kind_table(connection.name, state["kinds"]))
    if details and state["rows"]:
        show(row_table(connection.name, state["rows"]))
    if state["rows_left_out"]:
        note(f"and {state['rows_left_out']} smaller ones")
    for kind in state["kinds"]:
        if kind["unreadable"]:
            note(f"{kind['kind']}: {kind['unreadable']}")
    for key in sorted({key for kind in state["kinds"] for key in kind["price_unknown"]}):
        note(f"unknown price: {key}")
    if state["rows"] and not state["deletes"]:
        note(f"nothing is deleted: {_remedy(connection)}")
    elif state["rows"]:
        housekeeping = connection.settings.housekeeping
        when = f"is deleted on schedule, {housekeeping.schedule}" if housekeeping.enabled else "stays"
        note(f"it {when}; `launchpad retention{of(connection.name)} --apply` deletes it now")


def _apply(connection: Connection, state: Mapping[str, Any], *, yes: bool, json: bool) -> dict[str, Any]:
    """Have the function delete, a minute at a time; what it deleted, by kind, and what AWS kept."""
    if not state["deletes"]:
        raise LaunchpadError(f"{connection.name!r} only reports what is old: {_remedy(connection)}")
    kinds = [kind for kind in state["kinds"] if kind["count"] and kind["rule"]]
    total = sum(kind["count"] for kind in kinds)
    if not json:
        show(kind_table(connection.name, state["kinds"]))
    if not total:
        note("nothing is old")
        return {"removed": {}, "failures": []}
    if not yes:
        volume = size(sum(kind["bytes"] or 0 for kind in kinds))
        names = ", ".join(f"{kind['count']} x {kind['kind']}" for kind in kinds)
        typer.confirm(f"Delete {names} ({volume} where the size is known) in {connection.name}?", abort=True, err=True)
    removed, failures = _delete(connection, state["now"], total)
    if not json:
        say("deleted: " + (", ".join(f"{count} x {kind}" for kind, count in removed.items()) or "nothing"))
        _say_what_stays()
    return {"removed": dict(removed), "failures": failures}


def _say_what_stays() -> None:
    from launchpad.settings.retention import NONCURRENT_DAYS

    note(f"S3 keeps deleted objects as noncurrent versions, which cost as much, for {NONCURRENT_DAYS} days more")


def _delete(connection: Connection, now: str, total: int) -> tuple[Counter[str], list[str]]:
    """Call the function until it has tried everything that was old at `now`."""
    removed: Counter[str] = Counter()
    with LiveLine(f"Deleting what is old in {connection.name}") as line:
        while True:
            answer = keep_house(connection, "retention", dry_run=False, now=now)
            removed.update(answer["removed"])
            line.detail = f"{removed.total()} of {total}"
            if not answer["left"] or not answer["removed"]:
                return removed, answer["failures"]


def _remedy(connection: Connection) -> str:
    return f"write `retention: {{delete: true}}` into config/{connection.name}.yaml, then deploy"
