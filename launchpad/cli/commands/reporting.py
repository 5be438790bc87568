"""What jobs found, to look at: `launchpad report` and `launchpad draw`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.commands.observing import EnvironmentOf, environment_of
from launchpad.cli.log_folding import Folding
from launchpad.cli.options import Environment
from launchpad.cli.terminal import say
from launchpad.platform_client.connection import connect
from launchpad.problems import LaunchpadError, shown

FOLDER = paths.BUILD / "reports"
PICTURE = paths.BUILD / "picture.svg"
_NOTHING = "no predictions.csv, curve.csv, points.csv or line.csv with numbers; name a folder that has one"


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
    from launchpad.prices import load_prices
    from launchpad.report.job_page import render_job
    from launchpad.report.pictures import KINDS

    connection = connect(env or environment_of(job))
    insight, folding = read_insight(connection, job, KINDS), Folding()
    insight = replace(insight, log=[line for line in insight.log if not folding.hides(line.text)])
    page = render_job(insight, connection.name, load_prices())
    target = output or FOLDER / f"{job}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, "utf-8")
    say(shown(target))


def draw(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Folders with tables of numbers, as scripts write them: here, or s3:// URIs.",
            metavar="FOLDER...",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it here; else build/picture.svg.", metavar="FILE.svg")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Else the folder's name.", metavar="TEXT")] = None,
    env: Environment = "local",
) -> None:
    """Draw the tables of numbers that a script or a job wrote, as an SVG picture.

    Looks for predictions.csv (true values, predicted ones), curve.csv, and points.csv with line.csv; each has a header,
    and x in its first column. Several folders are drawn side by side. `launchpad report` draws those of a training job.

    Example: launchpad draw /tmp/boston/output --output boston.svg
    """
    from launchpad.report.pictures import panels, picture

    drawings, titles = [], []
    for source in sources:
        ours = panels(_tables(source.rstrip("/"), env))
        if not ours:
            raise LaunchpadError(f"{source}: {_NOTHING}")
        drawings += ours
        titles += [title or source.rstrip("/").rpartition("/")[2]] * len(ours)
    target = output or PICTURE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(picture(drawings, titles), "utf-8")
    say(shown(target))


def _tables(source: str, env: str) -> dict[str, str]:
    """The texts of the tables in a folder, here or in S3, by file name."""
    from launchpad.platform_client.outputs import read_object
    from launchpad.report.pictures import KINDS

    if not source.startswith("s3://"):
        return {
            name: path.read_text("utf-8-sig", "replace") for name in KINDS if (path := Path(source, name)).is_file()
        }
    connection = connect(env)
    bodies = {name: read_object(connection, f"{source}/{name}") for name in KINDS}
    return {name: body.read().decode("utf-8-sig", "replace") for name, body in bodies.items() if body is not None}
