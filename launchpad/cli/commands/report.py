"""`launchpad report`: a page about a job, a pipeline run or an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launchpad.cli.commands.compare import comparison_page
from launchpad.cli.log_folding import Folding
from launchpad.cli.lookup import environment_of
from launchpad.cli.options import EnvironmentOf, Kind, WorkName
from launchpad.cli.pages import write_page
from launchpad.cli.reading_runs import reader_of
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.platform import find_platform
from launchpad.platform_client.work import Work, find

if TYPE_CHECKING:
    from launchpad.runs.reading import Reader


def report(
    name: WorkName,
    env: EnvironmentOf = None,
    kind: Kind = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here; else build/reports/NAME.html.", metavar="FILE")
    ] = None,
) -> None:
    """Write a page about a job, a pipeline run or an endpoint: what it did, used and cost, why it failed.

    A training job's page has its gate, data, code, metrics and pictures; a tuning's its trials; a pipeline's its
    stages; an endpoint's its requests. One file with all in it, to look at in a browser or to send. The cost is there
    if config/prices.yaml says what an hour of its instances costs.

    Example: launchpad report local-boston-housing-20261120-114455-3fa2
    """
    connection = connect(env or environment_of(name))
    work = find(connection, name, kind)
    write_page(_page(connection, work), output, work.name)


def _page(connection: Connection, work: Work) -> str:
    from launchpad.report.reading import Pages
    from launchpad.settings.prices import load_prices

    def comparison(tuning: str) -> str:
        return comparison_page(connection, [tuning], command=f"report {tuning}")

    def reader(workload: str) -> Reader:
        return reader_of(connection, workload)

    return Pages(connection, find_platform(connection), reader, comparison, load_prices(), without_noise).page(work)


def without_noise(log: Sequence[LogLine]) -> list[LogLine]:
    """A log without the lines of AWS's toolkit."""
    folding = Folding()
    return [line for line in log if not folding.hides(line.text)]
