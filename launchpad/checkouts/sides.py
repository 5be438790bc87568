"""Both sides of a comparison, read from their cloud assemblies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from launchpad.checkouts.accounts import account_note, newly_named, with_accounts
from launchpad.checkouts.catalogues import ShippedCatalogue, shipped_catalogues
from launchpad.checkouts.pins import mode_note, pin_note
from launchpad.checkouts.workload_changes import WorkloadChange, workload_changes
from template_diff.assembly import read_locations, read_templates
from template_diff.locations import is_moved
from template_diff.markdown import Compared
from template_diff.model import Template
from template_diff.whole import Location


@dataclass(frozen=True)
class Sides:
    """Both sides' templates and locations, and the workloads that differ."""

    old: dict[tuple[str, str], Template]
    new: dict[tuple[str, str], Template]
    compared: Compared
    old_locations: Mapping[str, Location] = field(default_factory=dict)
    new_locations: Mapping[str, Location] = field(default_factory=dict)
    workloads: Sequence[tuple[str, WorkloadChange]] = ()


@dataclass(frozen=True)
class _Assembly:
    templates: dict[tuple[str, str], Template] = field(default_factory=dict)
    locations: Mapping[str, Location] = field(default_factory=dict)
    catalogues: Mapping[str, ShippedCatalogue] = field(default_factory=dict)


def read_sides(old: Path | None, new: Path | None, compared: Compared) -> Sides:
    """Read two cloud assemblies, or folders of templates. None is a side without an app."""
    before, after = (_read(folder) if folder else _Assembly() for folder in (old, new))
    named = newly_named(before.locations, after.locations)
    templates = before.templates, after.templates
    notes = (account_note(named), pin_note(*templates), mode_note(*templates))
    compared = replace(compared, notes=(*compared.notes, *filter(None, notes)))
    moved = {name for name, location in after.locations.items() if is_moved(before.locations.get(name), location)}
    return Sides(
        with_accounts(before.templates, named),
        with_accounts(after.templates, named),
        compared,
        before.locations,
        after.locations,
        workload_changes(before.catalogues, after.catalogues, moved),
    )


def _read(folder: Path) -> _Assembly:
    templates = read_templates(folder)
    return _Assembly(templates, read_locations(folder), shipped_catalogues(folder, templates))
