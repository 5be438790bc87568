"""`launchpad draw`: pictures of the tables of numbers that scripts and jobs wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchpad import paths
from launchpad.cli.options import Environment
from launchpad.cli.terminal import say
from launchpad.messages.errors import LaunchpadError, shown
from launchpad.platform_client.connection import connect

PICTURE = paths.BUILD / "picture.svg"
_NOTHING = "no predictions.csv, curve.csv, points.csv or line.csv with numbers; name a folder that has one"


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
        source_panels = panels(_tables(source.rstrip("/"), env))
        if not source_panels:
            raise LaunchpadError(f"{source}: {_NOTHING}")
        drawings += source_panels
        titles += [title or source.rstrip("/").rpartition("/")[2]] * len(source_panels)
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
