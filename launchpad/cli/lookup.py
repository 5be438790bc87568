"""The environment that a name belongs to, and how work is described to a person and to a program."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from launchpad.cli.terminal import duration
from launchpad.cli.terminal import status as coloured
from launchpad.platform_client.connection import LOCAL
from launchpad.platform_client.work.lookup import workloads
from launchpad.platform_client.work.piece import Work

WORK_COLUMNS = ("name", "kind", "status", "started", "took")


def environment_of(name: str) -> str:
    """The environment that a name of work begins with; the local one for a workload's, or if it begins with none."""
    from launchpad.settings import environment_names

    first = name.partition("-")[0]
    return first if first in environment_names() and name not in workloads() else LOCAL


def work_row(work: Work) -> list[str | Text]:
    """A piece of work as a row of `WORK_COLUMNS`."""
    return [work.name, work.noun, coloured(work.status), age(work.started), took(work)]


def took(work: Work) -> str:
    """How long it ran; empty if it has not ended, or AWS doesn't say when."""
    return duration((work.ended - work.started).total_seconds()) if work.ended else ""


def age(moment: datetime) -> str:
    """How long ago a moment was."""
    return f"{duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))} ago"


def as_json(work: Work) -> dict[str, Any]:
    """A piece of work for a program to read."""
    return {
        "kind": work.kind,
        "name": work.name,
        "workload": work.workload,
        "status": work.status,
        "running": work.running,
        "started": work.started,
        "ended": work.ended,
        "id": work.identifier,
    }
