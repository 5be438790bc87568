"""What is wrong with workloads together, where each is right by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from launchpad.config_files.logical_ids import same_logical_ids
from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import Problem

FILE = "workload.yaml"


def problems_together(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Problem]:
    """Every mistake, in the file of the second workload of each pair."""
    return [*_shared_triggers(definitions, folder), *_same_schedules(definitions, folder)]


def _shared_triggers(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[Problem]:
    """New data may start only one pipeline: the object's key must identify it."""
    waiting = sorted(
        (definition["pipeline"]["on_new_data"], name)
        for name, definition in definitions.items()
        if definition["pipeline"]["on_new_data"]
    )
    for (outer, first), (inner, second) in combinations(waiting, 2):
        if inner.startswith(outer):
            message = f"{inner!r} would start {first!r} too, which waits for {outer!r}; choose folders apart"
            yield problem_at(folder / second / FILE, ("pipeline", "on_new_data"), message)


def _same_schedules(definitions: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[Problem]:
    """Each schedule is a resource whose id is made from the workload's name, without the hyphens."""
    scheduled = [name for name, definition in definitions.items() if definition["pipeline"]["schedule"]]
    for first, *others in same_logical_ids(scheduled):
        for second in others:
            message = f"{first!r} has a schedule too, and its name differs only in hyphens: rename one of the workloads"
            yield problem_at(folder / second / FILE, ("pipeline", "schedule"), message)
