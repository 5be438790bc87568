"""`launchpad report`: a page about a training job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.log_folding import Folding
from launchpad.cli.lookup import environment_of
from launchpad.cli.options import EnvironmentOf
from launchpad.cli.terminal import say
from launchpad.messages.errors import shown
from launchpad.platform_client.connection import connect

FOLDER = paths.BUILD / "reports"


def report(
    job: Annotated[str, typer.Argument(help="A training job.", metavar="JOB", show_default=False)],
    env: EnvironmentOf = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here; else build/reports/JOB.html.", metavar="FILE")
    ] = None,
) -> None:
    """Write a page about a training job: what it did and found, what it used, what it cost, why it failed.

    One file with all in it, to look at in a browser or to send. The cost is there if config/prices.yaml says what an
    hour of its instances costs.

    Example: launchpad report local-boston-housing-20261120-114455-3fa2
    """
    from launchpad.platform_client.job_insight import read_insight
    from launchpad.report.job_page import render_job
    from launchpad.report.pictures import KINDS
    from launchpad.settings.prices import load_prices

    connection = connect(env or environment_of(job))
    insight, folding = read_insight(connection, job, KINDS), Folding()
    insight = replace(insight, log=[line for line in insight.log if not folding.hides(line.text)])
    page = render_job(insight, connection.name, load_prices())
    target = output or FOLDER / f"{job}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, "utf-8")
    say(shown(target))
