"""`launchpad stop`: stop work of any kind, or delete an endpoint."""

from __future__ import annotations

import typer

from launchpad.cli.failures import of
from launchpad.cli.following import waiting
from launchpad.cli.lookup import as_json, environment_of
from launchpad.cli.options import EnvironmentOf, Json, Kind, WorkName, Yes
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import emit, note, say
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.work import Work, find, list_work
from launchpad.platform_client.work.children import without_children
from launchpad.platform_client.work.lookup import described
from launchpad.platform_client.work.stopping import BEING_STOPPED, belongs_to
from launchpad.platform_client.work.stopping import stop as stop_work


def stop(name: WorkName, env: EnvironmentOf = None, kind: Kind = None, yes: Yes = False, json: Json = False) -> None:
    """Stop a job, Spark step or pipeline run, or delete an endpoint.

    With a workload, its newest work that runs, but no endpoint. A pipeline run stops with the job that it waits for.
    A stopped training job gets two minutes to save what it has; SageMaker keeps that. A deleted endpoint's model
    stays, and can be served again.

    Example: launchpad stop local-boston-housing-20261120-114455-3fa2
    """
    connection = connect(env or environment_of(name))
    stop_named(connection, name, kind, yes=yes, json=json)


def stop_named(connection: Connection, name: str, kind: str | None, *, yes: bool, json: bool) -> None:
    """Stop what `launchpad stop` and `launchpad pipeline stop` name."""
    work = find(connection, name, kind)
    others: list[Work] = []
    if name not in (work.name, work.identifier):
        running = _running(connection, name, kind)
        if running:
            newest, *others = running
            work = described(connection, newest.kind, newest.identifier) or newest
    ended = not work.running and work.kind != "endpoint"
    if not ended:
        _ask(connection, work, yes=yes)
        if work.status not in BEING_STOPPED:
            with LiveLine(f"{work.noun} {work.name}") as line:
                stopped = stop_work(connection, work, waiting(line))
            _say_stopped(stopped)
        else:
            say(f"{work.name} is {work.status} already")
    else:
        say(f"{work.name} has ended already: {work.status}")
    for other in others:
        note(
            f"still running: {other.noun} {other.name}; end it with `launchpad stop {other.name}{of(connection.name)}`"
        )
    if json:
        emit({**as_json(described(connection, work.kind, work.identifier) or work), "stopped": not ended})


def _running(connection: Connection, workload: str, kind: str | None) -> list[Work]:
    pieces = list_work(connection, workload, (kind,) if kind else None)
    return [
        work
        for work in without_children(connection.name, pieces)
        if work.running and work.kind != "endpoint" and work.status not in BEING_STOPPED
    ]


def _ask(connection: Connection, work: Work, *, yes: bool) -> None:
    """Ask where it destroys: an endpoint, or something that this platform didn't start."""
    if yes:
        return
    if work.kind == "endpoint":
        typer.confirm(f"Delete endpoint {work.name}? Its callers get errors from then on.", abort=True, err=True)
    elif not belongs_to(connection, work):
        question = f"{work.noun} {work.name} has no tag of environment {connection.name}. Stop it?"
        typer.confirm(question, abort=True, err=True)


def _say_stopped(stopped: list[Work]) -> None:
    for work in stopped:
        say(f"{work.name} is {'deleted' if work.kind == 'endpoint' else 'stopping'}")
