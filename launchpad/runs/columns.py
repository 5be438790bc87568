"""A table of runs as columns of texts, most telling first, and the same as rows of JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from launchpad.costs.wording import cost_in_words, spot_in_words
from launchpad.requests.cost import cost_document
from launchpad.runs.run import FACTS, Run, differing, hyperparameter_names, metric_names

GAP = 3
"""The blanks between two columns of a table."""
INDENT = 4
"""The blanks before the other columns, where the job's name is on a separate line."""
ENOUGH = 6
"""The columns with which a run on one line says enough; with fewer, its name goes on a separate line."""


@dataclass(frozen=True)
class Column:
    """One column: its heading and a text per run."""

    title: str
    cells: Sequence[str]
    is_number: bool = False
    is_needed: bool = False
    """Whether a narrow table has each run on two lines rather than leave this column out."""

    @property
    def width(self) -> int:
        """The characters of its widest text."""
        return max(len(text) for text in (self.title, *self.cells))


def columns(runs: Sequence[Run], cost_title: str = "cost") -> list[Column]:
    """All columns that any run has a value for, in the order in which a narrow table keeps them."""
    varied = differing(runs)
    same = [name for name in hyperparameter_names(runs) if name not in varied]
    all_columns = [
        _column(runs, "job", lambda run: run.job),
        _column(runs, "status", lambda run: run.status),
        *(_metric(runs, name) for name in metric_names(runs)),
        *(_hyperparameter(runs, name) for name in varied),
        _column(runs, "gate", lambda run: _gate(run)),
        _column(runs, cost_title, lambda run: cost_in_words(run.cost), is_number=True, is_needed=True),
        _column(runs, "spot saved", lambda run: spot_in_words(run.cost) if run.cost else "", is_number=True),
        _column(runs, "part of", lambda run: run.origin),
        _column(runs, "took", lambda run: _took(run.seconds), is_number=True),
        _column(runs, "commit", lambda run: run.commit_words),
        _column(runs, "data", lambda run: run.data[:8]),
        _column(runs, "started, UTC", lambda run: f"{run.started:%Y-%m-%d %H:%M}"),
        _column(runs, "instance", lambda run: run.instance),
        *(_hyperparameter(runs, name) for name in same),
    ]
    return [column for column in all_columns if any(column.cells)]


def fitting(all_columns: Sequence[Column], width: int | None) -> tuple[list[Column], list[str]]:
    """The columns that fit into `width` characters, all without one, and the titles of the others.

    The first column always stays, because a run without its name is of no use. It has a separate line if next to it
    there is room for a few columns only, or none for one that is needed.
    """
    if width is None:
        return list(all_columns), []
    first, *others = all_columns
    chosen = _fitting(others, width - first.width - GAP)
    lacking = any(column.is_needed for column in others if column not in chosen)
    if lacking or len(chosen) < min(len(others), ENOUGH - 1):
        chosen = _fitting(others, width - INDENT)
    return [first, *chosen], [column.title for column in others if column not in chosen]


def _fitting(others: Sequence[Column], width: int) -> list[Column]:
    chosen, used = [], 0
    for column in others:
        if used + column.width <= width:
            chosen.append(column)
            used += column.width + GAP
    return chosen


def as_json(run: Run) -> dict[str, Any]:
    """One run for `--json`: every value under the name that `--where` takes, or None."""
    facts = run.facts
    plain = {name: _plain(facts.get(name)) for name in FACTS}
    return {
        **plain,
        **cost_document(run.cost),
        "gate_reason": run.gate.words if run.gate else None,
        "hyperparameters": dict(run.hyperparameters),
        "metrics": dict(run.metrics),
        "evaluation": dict(run.evaluation),
        "channels": channels(run),
    }


def as_csv(runs: Sequence[Run]) -> str:
    """All runs as CSV: a column for each name that `--where` takes."""
    names = [*FACTS, *(f"metrics.{name}" for name in metric_names(runs))]
    names += [f"hyperparameters.{name}" for name in hyperparameter_names(runs)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for run in runs:
        facts = run.facts
        writer.writerow([_plain(facts.get(name, "")) for name in names])
    return text.getvalue()


def channels(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """Each channel's URI, and the version of its data where the record has it."""
    recorded = run.record.get("data") or {}
    return {
        name: {"uri": uri, "version": (recorded.get(name) or {}).get("version")} for name, uri in uris(run.description)
    }


def uris(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The name and the URI of each channel of a training job."""
    for channel in job.get("InputDataConfig") or ():
        source = channel.get("DataSource") or {}
        where = source.get("S3DataSource", {}).get("S3Uri") or source.get("FileSystemDataSource", {}).get(
            "DirectoryPath", ""
        )
        yield channel["ChannelName"], where


def _column(
    runs: Sequence[Run],
    title: str,
    text: Callable[[Run], str],
    *,
    is_number: bool = False,
    is_needed: bool = False,
) -> Column:
    return Column(title, [text(run) for run in runs], is_number, is_needed)


def _metric(runs: Sequence[Run], name: str) -> Column:
    return _column(runs, name, lambda run: f"{run.metrics[name]:.5g}" if name in run.metrics else "", is_number=True)


def _hyperparameter(runs: Sequence[Run], name: str) -> Column:
    return _column(runs, name, lambda run: run.hyperparameters.get(name, ""))


def _gate(run: Run) -> str:
    return {True: "passed", False: "missed"}[run.gate.passed] if run.gate else ""


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
