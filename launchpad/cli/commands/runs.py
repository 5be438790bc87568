"""`launchpad runs`: a workload's training jobs side by side."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from launchpad.cli.following import of
from launchpad.cli.options import Environment, Json, Workload
from launchpad.cli.progress import LiveLine
from launchpad.cli.reading_runs import reader_of
from launchpad.cli.tables import table
from launchpad.cli.terminal import emit, err, note, out, plural, show, status
from launchpad.costs.wording import cost_label
from launchpad.messages.errors import LaunchpadError, suggest
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.work.lookup import workloads
from launchpad.requests.cost import Cost
from launchpad.runs import columns, conditions
from launchpad.runs.run import Run

SHOWN = 50


def runs(
    workload: Workload,
    env: Environment = "local",
    order: Annotated[
        str | None,
        typer.Option(
            "--sort",
            help="Lowest first; with a minus, highest first: -auc, started.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these runs: 'auc>0.8', hyperparameters.lr=0.1, status=Completed. As often as you like.",
            metavar="CONDITION",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="At most so many; 0 for all.", min=0)] = SHOWN,
    json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="All columns, as CSV.")] = False,
) -> None:
    """Compare a workload's runs: hyperparameters, metrics, gate, data, commit, cost.

    Each training job is a run, those of tuning jobs and pipelines included; the newest come first. Hyperparameters that
    differ come before those that are the same. A name is a column, a metric, or a hyperparameter; metrics contain
    those of the evaluation.

    Example: launchpad runs boston-housing --where 'r2>0.6' --sort -r2
    """
    if json and as_csv:
        raise LaunchpadError("--json and --csv: choose one of them")
    connection = connect(env)
    all_of_them = _read(connection, workload, None if order or where or not limit else limit)
    if not all_of_them and workload not in workloads():
        raise LaunchpadError(
            f"no workload {workload!r}, and no run of it; {suggest(workload, workloads(), 'workloads')}"
        )
    chosen = conditions.where(all_of_them, where or ())
    chosen = conditions.sort(chosen, order) if order else chosen
    page = chosen[:limit] if limit else chosen
    if json:
        emit([columns.as_json(run) for run in page])
    elif as_csv:
        sys.stdout.write(columns.as_csv(page))
    elif page:
        _show(connection, workload, page)
        _say_more(connection, workload, len(chosen) - len(page), reached=len(page) == limit)
    else:
        _say_none(connection, workload, len(all_of_them))


def _read(connection: Connection, workload: str, limit: int | None) -> list[Run]:
    reader = reader_of(connection, workload)
    with LiveLine(f"Reading the runs of {workload}", console=err) as line:

        def count(number: int) -> None:
            line.detail = plural(number, "run")

        return reader.newest(limit, count)


def _show(connection: Connection, workload: str, page: list[Run]) -> None:
    all_columns = columns.columns(page, cost_label(connection.name))
    fitting, left_out = columns.fitting(all_columns, out.width if out.is_terminal else None)
    rows = [
        [status(cell) if column.title == "status" else cell for column, cell in zip(fitting, cells, strict=True)]
        for cells in zip(*(column.cells for column in fitting), strict=True)
    ]
    title = f"Runs of {workload}"
    show(table(title, [column.title for column in fitting], rows, [c.title for c in fitting if c.is_number]))
    if left_out:
        note(f"left out, because the terminal is narrow: {', '.join(left_out)}; --csv and --json have all")
    for name in Cost.together(run.cost for run in page if run.cost).unknown:
        note(f"unknown price: {name}")


def _say_more(connection: Connection, workload: str, more: int, *, reached: bool) -> None:
    if more or reached:
        note(f"{more or 'maybe'} more: --limit 0 shows all")
    note(f"`launchpad compare {workload}{of(connection.name)}` draws them")


def _say_none(connection: Connection, workload: str, number: int) -> None:
    if number:
        note(f"none of {plural(number, 'run')} fits")
    else:
        note(f"{workload} has no run yet; `launchpad run {workload}{of(connection.name)}` starts one")
