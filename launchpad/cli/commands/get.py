"""`launchpad get`: fetch what a job left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from launchpad import paths
from launchpad.cli.lookup import environment_of
from launchpad.cli.options import EnvironmentOf, Json, Kind, WorkName
from launchpad.cli.progress import LiveLine
from launchpad.cli.terminal import emit, err, fields, note, plural, say, size
from launchpad.messages.errors import LaunchpadError, shown, suggest
from launchpad.platform_client.connection import connect
from launchpad.platform_client.platform import find_platform
from launchpad.platform_client.work import Work, find

if TYPE_CHECKING:
    from launchpad.platform_client.fetching.fetch import Outcome

FOLDER = paths.BUILD / "results"


def get(
    name: WorkName,
    env: EnvironmentOf = None,
    kind: Kind = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Into this folder; else build/results/NAME.", metavar="DIR")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Only model, output, pictures, evaluation, predictions or results. As often as you like.",
            metavar="PART",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that were not fetched, or were changed.")
    ] = False,
    json: Json = False,
) -> None:
    """Fetch what a job left: model, output, pictures, evaluation, predictions.

    Archives are unpacked. Of a tuning job it fetches those of the best training job, of a pipeline run those of all its
    jobs. Files that are the same already stay, and a broken download goes on where it broke.

    Example: launchpad get boston-housing --only output --to /tmp/results
    """
    from launchpad.platform_client.fetching.fetch import Fetch
    from launchpad.platform_client.fetching.sources import PARTS, sources_of

    for part in only or ():
        if part not in PARTS:
            raise LaunchpadError(f"--only {part!r}: {suggest(part, PARTS, 'parts')}")
    connection = connect(env or environment_of(name))
    work = find(connection, name, kind)
    sources = sources_of(connection, find_platform(connection), work, only or ())
    folder = (to or FOLDER / work.name).absolute()
    with LiveLine(f"Fetching {work.name}", console=err) as line:

        def progress(file: str, count: int) -> None:
            line.detail = f"{file} {size(count)}"

        outcome = Fetch(connection, folder, force, progress).run(sources)
    if json:
        emit(_as_json(work, folder, outcome))
    else:
        _tell(work, folder, outcome)


def _tell(work: Work, folder: Path, outcome: Outcome) -> None:
    for text in outcome.skipped:
        note(f"left out: {text}")
    if not outcome.fetched and not outcome.kept:
        raise LaunchpadError(f"{work.name} left no file of that: nothing to fetch")
    files = [*outcome.fetched, *outcome.kept]
    parts = dict.fromkeys(part for part, _ in files)
    fields([(part, plural(sum(each == part for each, _ in files), "file")) for part in parts])
    note(f"{len(outcome.fetched)} fetched, {len(outcome.kept)} as they were")
    say(shown(folder))


def _as_json(work: Work, folder: Path, outcome: Outcome) -> dict[str, Any]:
    states = (("fetched", outcome.fetched), ("kept", outcome.kept))
    return {
        "name": work.name,
        "kind": work.kind,
        "folder": str(folder),
        "files": [
            {"part": part, "path": str(path), "size": path.stat().st_size, "state": state}
            for state, files in states
            for part, path in files
        ],
        "skipped": outcome.skipped,
    }
