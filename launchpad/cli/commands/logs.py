"""`launchpad logs`: print the log of work of any kind."""

from __future__ import annotations

import json as json_module
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from launchpad.cli.failures import of
from launchpad.cli.log_folding import Folding
from launchpad.cli.lookup import environment_of
from launchpad.cli.options import EnvironmentOf, Json, Kind, WorkName
from launchpad.cli.terminal import note, plural, say
from launchpad.platform_client.connection import Connection, connect
from launchpad.platform_client.training_jobs import LATE_LOOKS
from launchpad.platform_client.work import Work, find
from launchpad.platform_client.work.log_sources import Entry, Log, log_of, milliseconds
from launchpad.platform_client.work.lookup import described
from launchpad.processes.interrupts import Interrupted

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def logs(
    name: WorkName,
    env: EnvironmentOf = None,
    kind: Kind = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come, until it has ended.")] = False,
    lines: Annotated[int | None, typer.Option("--lines", "-n", help="Only the last ones.", min=1)] = None,
    since: Annotated[
        str | None, typer.Option(help="Only newer lines: 90s, 10m, 2h, 1d, or a moment.", metavar="TIME")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Also an endpoint's earlier models, a run's jobs that succeeded, the toolkit's lines."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Print the log of a job, Spark step, pipeline run or endpoint.

    It is that of all instances, in the order of time. A tuning job has the logs of its training jobs. A pipeline run
    has its states, and the log of each job that runs or has failed. An endpoint's begins with the model that it
    serves now. Lines of the training toolkit are left out. With --json each line is a JSON object, and all are there.

    Example: launchpad logs local-boston-housing-20261120-114455-3fa2 --follow
    """
    begin = _moment(since) if since else 0
    connection = connect(env or environment_of(name))
    work = find(connection, name, kind)
    if name not in (work.name, work.identifier):
        note(f"{work.noun} {work.name}")
    log = log_of(connection, work, since=begin, everything=everything)
    view = View(as_json=json, labelled=_has_instances(work), timed=_timed(work), source=work.name)
    view.folded = not everything
    first = view.unfolded(log.read())
    view.show(first[-lines:] if lines else first)
    if follow:
        _follow(connection, work, log, view)
    if view.hidden:
        note(f"{plural(view.hidden, 'line')} of the training toolkit left out; --all has them")
    if not (follow or first or view.hidden):
        note(f"{name} has no log yet; `--follow` waits for it")


@dataclass
class View:
    """Prints lines; a heading says which job the next ones come from, as in `tail -f` of several files."""

    as_json: bool = False
    labelled: bool = False
    """Whether each line begins with its instance."""
    timed: str = ""
    """The source whose lines begin with their time."""
    source: str = ""
    """The source of the last line."""
    folded: bool = False
    """Whether lines of the training toolkit are left out."""
    folding: dict[str, Folding] = field(default_factory=dict)

    @property
    def hidden(self) -> int:
        """The lines that were left out."""
        return sum(each.hidden for each in self.folding.values())

    def unfolded(self, entries: Iterable[Entry]) -> list[Entry]:
        """Leave out lines of the training toolkit, except for a program that reads the rest."""
        if self.as_json or not self.folded:
            return list(entries)
        folding = self.folding
        return [
            entry for entry in entries if not folding.setdefault(entry.line.stream, Folding()).hides(entry.line.text)
        ]

    def show(self, entries: Iterable[Entry]) -> None:
        """Print lines."""
        for entry in entries:
            if self.as_json:
                sys.stdout.write(_as_json(entry))
                sys.stdout.flush()
                continue
            if entry.source != self.source:
                say(f"==> {entry.source} <==")
            self.source = entry.source
            say(f"{self._prefix(entry)}{entry.line.text}")

    def _prefix(self, entry: Entry) -> str:
        instance = entry.line.stream.rpartition("/")[2]
        parts = [f"{_iso(entry)[:19]}Z"] if self.timed == entry.source else []
        parts += [instance] if self.labelled and instance else []
        return "".join(f"{part}  " for part in parts)


def _timed(work: Work) -> str:
    """An endpoint and a pipeline run have no clock of a program's own in their lines."""
    return work.name if work.kind in ("endpoint", "pipeline") else ""


def _as_json(entry: Entry) -> str:
    content = {"time": _iso(entry), "source": entry.source, "stream": entry.line.stream, "text": entry.line.text}
    return f"{json_module.dumps(content)}\n"


def _iso(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.line.milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def _has_instances(work: Work) -> bool:
    """Whether several programs write into one log."""
    details = work.description
    resources = details.get("ResourceConfig") or details.get("ProcessingResources", {}).get("ClusterConfig") or {}
    counts = [resources, *resources.get("InstanceGroups", []), details.get("TransformResources") or {}]
    return work.kind == "endpoint" or sum(group.get("InstanceCount", 0) for group in counts) > 1


def _moment(text: str) -> int:
    """Milliseconds since 1970 of a moment, or of one so long ago.

    Raises:
        typer.BadParameter: it is neither.
    """
    if match := re.fullmatch(r"(\d+)([smhd])", text.strip()):
        return milliseconds(datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])}))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r}: write such as 10m, 2h, 1d, or 2026-11-28T08:15", param_hint="--since"
        ) from None
    return milliseconds(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


def _follow(connection: Connection, work: Work, log: Log, view: View) -> None:
    try:
        while work.running:
            time.sleep(connection.poll_seconds)
            work = described(connection, work.kind, work.identifier) or work
            view.show(view.unfolded(log.read()))
        for _ in range(LATE_LOOKS[connection.local is not None]):
            time.sleep(connection.poll_seconds)
            view.show(view.unfolded(log.read()))
    except Interrupted as signal:
        stop = f"end it with `launchpad stop {work.name}{of(connection.name)}`"
        raise Interrupted(signal.number, f"interrupted; {work.name} goes on: {stop}") from None
    note(f"{work.name}: {work.status}")
