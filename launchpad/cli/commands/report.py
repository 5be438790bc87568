"""`launchpad report`: a page about a job, a pipeline run or an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from launchpad.cli.commands.compare import comparison_page
from launchpad.cli.log_folding import Folding
from launchpad.cli.lookup import environment_of
from launchpad.cli.options import EnvironmentOf, Kind, WorkName
from launchpad.cli.pages import page_file, write_page
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
    stages; an endpoint's its requests, errors, latency, drift and quality over time, alarms, and what it served, with a
    link to the page of the job that it serves, which is written next to it. One file with all in it, to look at in a
    browser or to send. The cost is there if config/prices.yaml says what an hour of its instances costs.

    Example: launchpad report local-boston-housing-20261120-114455-3fa2
    """
    connection = connect(env or environment_of(name))
    work = find(connection, name, kind)
    target = page_file(output, work.name)

    def job_page(job: str) -> str:
        """The page of the job that an endpoint serves, next to the endpoint's, so that the link to it leads there."""
        file = page_file(None, job)
        neighbour = target.with_name(file.name)
        if not neighbour.exists():
            write_page(_page(connection, find(connection, job, "training")), neighbour, job, quiet=True)
        return quote(neighbour.name)

    write_page(_page(connection, work, job_page), target, work.name)


def _page(connection: Connection, work: Work, job_page: Callable[[str], str] = lambda _: "") -> str:
    from launchpad.costs.price_list import region_prices
    from launchpad.report.reading import Pages

    def comparison(tuning: str) -> str:
        return comparison_page(connection, [tuning], command=f"report {tuning}")

    def reader(workload: str) -> Reader:
        return reader_of(connection, workload)

    prices = region_prices(connection.settings.region).usd
    return Pages(connection, find_platform(connection), reader, comparison, prices, without_noise, job_page).page(work)


def without_noise(log: Sequence[LogLine]) -> list[LogLine]:
    """A log without the lines of AWS's toolkit."""
    folding = Folding()
    return [line for line in log if not folding.hides(line.text)]
