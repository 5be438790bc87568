"""`launchpad status`: an environment's stacks, its work of all kinds and its endpoints; or one piece of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from launchpad.cli.drift_states import DriftState, drift_states
from launchpad.cli.failures import of
from launchpad.cli.lookup import WORK_COLUMNS, age, as_json, environment_of, took, work_row
from launchpad.cli.options import EnvironmentOf, Json, Kind
from launchpad.cli.terminal import emit, fields, note, say, show, table
from launchpad.cli.terminal import status as coloured
from launchpad.platform_client import endpoints
from launchpad.platform_client.connection import LOCAL, Connection, connect
from launchpad.platform_client.endpoint_modes import in_words
from launchpad.platform_client.ownership import is_gone
from launchpad.platform_client.platform import stacks
from launchpad.platform_client.work import KINDS, Work, find, list_work
from launchpad.platform_client.work.children import tuning_of
from launchpad.platform_client.work.lookup import workloads


def status(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Only this workload, or this piece of work.", metavar="[WORKLOAD|NAME]", show_default=False
        ),
    ] = None,
    env: EnvironmentOf = None,
    kind: Kind = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="The newest to show, next to all that run.", min=1)] = 15,
    json: Json = False,
) -> None:
    """Show what runs and what has ended: stacks, jobs, Spark steps, pipeline runs, endpoints.

    Of what has ended, the newest. With the name of a piece of work, that one, with the reason if it has failed.

    Example: launchpad status boston-housing --env dev
    """
    connection = connect(env or (environment_of(name) if name else LOCAL))
    if name is not None and name not in workloads():
        _show_piece(connection, find(connection, name, kind), json=json)
        return
    deployed = stacks(connection)
    if not deployed and not json:
        say(f"environment {connection.name} is not deployed; run `launchpad deploy{of(connection.name)}`")
        return
    kinds = (kind,) if kind else KINDS
    pieces = list_work(connection, name, kinds, limit)
    jobs = _chosen(pieces, limit)
    endpoint_rows = [(work, _served_job(connection, work)) for work in pieces if work.kind == "endpoint"]
    states = drift_states(connection, endpoint_rows)
    if json:
        emit(_content(connection, deployed, jobs, endpoint_rows, states))
        return
    if name is None and kind is None:
        _show_stacks(deployed)
    if kind != "endpoint":
        _show_or_say("Work", WORK_COLUMNS, list(map(work_row, jobs)), f"run {name or 'WORKLOAD'}")
    if kind in (None, "endpoint"):
        rows = [[work.name, coloured(work.status), age(_changed(work)), job] for work, job in endpoint_rows]
        columns = ["endpoint", "status", "since", "serves"]
        if states:
            columns.append("drift")
            rows = [[*row, states[row[0]].words if row[0] in states else ""] for row in rows]
        _show_or_say("Endpoints", columns, rows, f"serve {name or 'WORKLOAD'}")
        for state in states.values():
            state.hint(connection)


def _chosen(pieces: Sequence[Work], limit: int) -> list[Work]:
    """All running work and the newest, without endpoints and without the jobs of a tuning that is listed itself."""
    tunings = {work.name for work in pieces if work.kind == "tuning"}
    listed = [work for work in pieces if work.kind != "endpoint" and tuning_of(work) not in tunings]
    return [work for number, work in enumerate(listed) if work.running or number < limit]


def _show_stacks(deployed: Sequence[Mapping[str, Any]]) -> None:
    rows = [[stack["StackName"], coloured(stack["StackStatus"]), age(_updated(stack))] for stack in deployed]
    show(table("Stacks", ["stack", "status", "since"], rows))


def _show_or_say(title: str, columns: Sequence[str], rows: list[list[Any]], command: str) -> None:
    if rows:
        show(table(title, columns, rows))
    else:
        say(f"{title}: none yet; `launchpad {command}` makes one", "dim")


def _served_job(connection: Connection, endpoint: Work) -> str:
    """The training job whose model an endpoint serves; empty if its artifact names none, or it has gone."""
    try:
        return endpoints.served_job(connection, endpoint.name) or ""
    except (endpoints.NoEndpointError, KeyError):
        return ""
    except ClientError as error:
        if not is_gone(error):
            raise
        return ""


def _show_piece(connection: Connection, work: Work, *, json: bool) -> None:
    if json:
        emit({**as_json(work), "description": work.description})
        return
    details = work.description
    reason = details.get("FailureReason") or details.get("cause") or details.get("ExitMessage") or ""
    fields(
        [
            (work.noun, work.name),
            ("workload", work.workload),
            ("status", work.status),
            ("started", age(work.started)),
            ("took", took(work)),
            ("serves", _served_job(connection, work) if work.kind == "endpoint" else ""),
            ("runs as", in_words(details) if work.kind == "endpoint" else ""),
            ("reason", " ".join(str(reason).split())),
        ]
    )
    note(f"its log: `launchpad logs {work.name}{of(connection.name)}`")


def _content(
    connection: Connection,
    deployed: Sequence[Mapping[str, Any]],
    jobs: Sequence[Work],
    served: Sequence[tuple[Work, str]],
    states: Mapping[str, DriftState],
) -> dict[str, Any]:
    """The status for a program to read."""
    return {
        "environment": connection.name,
        "stacks": [
            {"name": stack["StackName"], "status": stack["StackStatus"], "since": _updated(stack)} for stack in deployed
        ],
        "work": [as_json(work) for work in jobs],
        "endpoints": [
            {
                **as_json(work),
                "since": _changed(work),
                "job": job or None,
                **({"monitoring": states[work.name].as_json()} if work.name in states else {}),
            }
            for work, job in served
        ],
    }


def _updated(stack: Mapping[str, Any]) -> Any:
    return stack.get("LastUpdatedTime", stack["CreationTime"])


def _changed(endpoint: Work) -> Any:
    return endpoint.description["LastModifiedTime"]
