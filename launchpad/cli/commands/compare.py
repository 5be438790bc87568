"""`launchpad compare`: a page that compares runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchpad.cli.lookup import environment_of
from launchpad.cli.options import EnvironmentOf
from launchpad.cli.pages import write_page
from launchpad.cli.progress import LiveLine
from launchpad.cli.reading_runs import definition_of, reader_of
from launchpad.cli.terminal import err
from launchpad.platform_client.connection import Connection, connect

SHOWN = 50


def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Training jobs, a workload (its completed runs), a tuning job or a pipeline run.",
            metavar="JOB...|WORKLOAD",
            show_default=False,
        ),
    ],
    env: EnvironmentOf = None,
    metric: Annotated[
        str,
        typer.Option(
            help="Decides which run is the best; with a minus, the lowest value does.",
            metavar="NAME",
            show_default=False,
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", help="Of a workload, the newest so many.", min=1)] = SHOWN,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here; else into build/reports.", metavar="FILE")
    ] = None,
) -> None:
    """Write a page that compares runs: curves, metric by hyperparameter, what differs, the best.

    One file with all in it, to look at in a browser or to send.

    Example: launchpad compare boston-housing
    """
    connection = connect(env or environment_of(names[0]))
    html = comparison_page(connection, names, metric, limit)
    file = names[0] if len(names) == 1 else f"{names[0]}-and-{len(names) - 1}-more"
    write_page(html, output, f"compare-{file}")


def comparison_page(
    connection: Connection, names: list[str], metric: str = "", limit: int = SHOWN, command: str = ""
) -> str:
    """Read the runs, and render the page."""
    from launchpad.report.compare_page import MOST_LINES, Comparison, render_comparison
    from launchpad.runs.choosing import choose
    from launchpad.runs.curves import curves
    from launchpad.runs.goal import goal_of

    with LiveLine("Reading the runs", console=err) as line:
        choice = choose(connection, names, lambda workload: reader_of(connection, workload), limit)
        workload = next(iter(choice.workloads)) if len(choice.workloads) == 1 else ""
        definition = choice.runs[0].record.get("definition") or definition_of(workload) or {}
        goal = goal_of(choice.runs, definition, choice.tuning, metric)
        line.detail = f"the logs of {len(choice.runs)} runs"
        ranked = goal.ranked(choice.runs) if goal else choice.runs
        data = curves(connection, ranked[:MOST_LINES])
    return render_comparison(
        Comparison(
            name=names[0] if len(names) == 1 else workload or "runs",
            workload=workload,
            environment=connection.name,
            runs=choice.runs,
            curves=data,
            goal=goal,
            command=command or f"compare {' '.join(names[:4])}{' ...' if len(names) > 4 else ''}",
            tuning=choice.tuning,
        )
    )
