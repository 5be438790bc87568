"""Says which values and scripts of which workloads differ, as a table of the report.

In the templates all of it is one changed hash: that of the functions' code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from launchpad.checkouts.catalogues import ShippedCatalogue
from template_diff.grouping import by_environments, environment_names
from template_diff.markdown import Table
from template_diff.properties import property_changes
from template_diff.references import Value, mapped
from template_diff.text import became, code

OPENING = "\n| Workload | Environments | Old → new |\n|---|---|---|\n"
_SOURCE = "source"
_REGISTRY = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")
_MOST = 12
"""The most values of one workload that are listed, because a row can only be left out as a whole."""


@dataclass(frozen=True)
class WorkloadChange:
    """One workload that differs in one environment, and how, in Markdown."""

    name: str
    what: str


def workload_changes(
    old: Mapping[str, ShippedCatalogue], new: Mapping[str, ShippedCatalogue], moved: Collection[str] = ()
) -> list[tuple[str, WorkloadChange]]:
    """Every workload that differs, with its environment. Only environments of both sides are compared.

    In an environment that `moved` to another account or region, all images come from another registry, which is no
    change of a workload.
    """
    return [
        (environment, WorkloadChange(name, what))
        for environment in sorted(old.keys() & new.keys())
        for name in sorted({*old[environment].workloads, *new[environment].workloads})
        if (what := _difference(name, old[environment], new[environment], moved=environment in moved))
    ]


def workload_table(changes: Iterable[tuple[str, WorkloadChange]]) -> Table | None:
    """The table of the workloads that differ; None if none does."""
    rows = tuple(
        f"| {code(change.name)} | {environment_names(environments)} | {change.what} |"
        for environments, change in by_environments(changes)
    )
    return Table(OPENING, rows) if rows else None


def _difference(name: str, old: ShippedCatalogue, new: ShippedCatalogue, *, moved: bool) -> str:
    before, after = old.workloads.get(name), new.workloads.get(name)
    if before is None or after is None:
        return "Added." if before is None else "Removed."
    lines = [*_values(before, after, moved=moved), *_scripts(before, after, old, new)]
    more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "<br>".join(lines[:_MOST] + more)


def _values(before: Mapping[str, Any], after: Mapping[str, Any], *, moved: bool) -> Iterator[str]:
    """Every value of the definition that differs, apart from the hashes of scripts."""
    sides = [_without_sources(definition) for definition in (before, after)]
    if moved:
        sides = [{key: mapped(value, partial(_REGISTRY.sub, "")) for key, value in side.items()} for side in sides]
    for change in property_changes(*sides):
        yield f"{code(change.path)}: {became(change.old, change.new, '')}"


def _without_sources(definition: Mapping[str, Any]) -> dict[str, Value]:
    sections = {
        name: {key: value for key, value in section.items() if key != _SOURCE} if isinstance(section, dict) else section
        for name, section in definition.items()
    }
    return {name: _as_value(section) for name, section in sections.items() if section is not None}


def _as_value(part: Any) -> Value:
    if isinstance(part, dict):
        return {str(key): _as_value(item) for key, item in part.items() if item is not None}
    if isinstance(part, list):
        return [_as_value(item) for item in part]
    return part if isinstance(part, str) else json.dumps(part)


def _scripts(
    before: Mapping[str, Any], after: Mapping[str, Any], old: ShippedCatalogue, new: ShippedCatalogue
) -> Iterator[str]:
    """The scripts that differ, each once, with the sections that run them."""
    sections: dict[str, list[str]] = {}
    for section in sorted({*before, *after}):
        files, new_files = (_files(side.get(section), shipped) for side, shipped in ((before, old), (after, new)))
        for path in sorted({*files, *new_files}):
            if files.get(path) != new_files.get(path):
                verb = "changed" if path in files and path in new_files else "added" if path in new_files else "removed"
                sections.setdefault(f"{code(path)} {verb}", []).append(section)
    for script, users in sections.items():
        yield f"Script {script} ({', '.join(users)})"


def _files(section: Any, shipped: ShippedCatalogue) -> Mapping[str, str]:
    """The scripts of one section of a definition."""
    source = section.get(_SOURCE) if isinstance(section, dict) else None
    return shipped.scripts.get(str(source), {})
