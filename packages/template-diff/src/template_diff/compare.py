"""The complete comparison: two sets of templates in, one `Difference` out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from template_diff.environment import Resources, by_environment, resources_of, under_new_names
from template_diff.exports import export_conflicts
from template_diff.locations import Locations, as_if_there, is_moved, move
from template_diff.model import Difference, NetworkChange, PermissionChange, ResourceChange, Template, Templates
from template_diff.permissions import permission_changes
from template_diff.renames import find_renames
from template_diff.resources import resource_changes
from template_diff.security_groups import network_changes
from template_diff.stacks import Stacks
from template_diff.whole import EnvironmentGone, EnvironmentMove, ExportConflict, Location, StackRemoval


@dataclass
class _Findings:
    resources: list[ResourceChange] = field(default_factory=list)
    permissions: list[PermissionChange] = field(default_factory=list)
    network: list[NetworkChange] = field(default_factory=list)
    moves: list[EnvironmentMove] = field(default_factory=list)
    abandoned: list[EnvironmentGone] = field(default_factory=list)
    removed_stacks: list[StackRemoval] = field(default_factory=list)
    exports: list[ExportConflict] = field(default_factory=list)


def compare(
    old: Templates, new: Templates, old_locations: Locations | None = None, new_locations: Locations | None = None
) -> Difference:
    """What deploying `new` over `old` would do, environment by environment.

    An environment whose location is unknown on a side counts as one that stays where it is.
    """
    before, after = by_environment(old), by_environment(new)
    findings = _Findings()
    for environment in sorted({*before, *after}):
        was, becomes = before.get(environment, {}), after.get(environment, {})
        source, target = ((side or {}).get(environment) for side in (old_locations, new_locations))
        if not becomes:
            resources = resources_of(environment, Stacks(was))
            findings.abandoned.append(EnvironmentGone(environment, len(was), len(resources)))
        elif was and source and target and is_moved(source, target):
            _compare_moved(environment, (was, source), (becomes, target), findings)
        else:
            _compare_in_place(environment, Stacks(was), Stacks(becomes), findings)
    return Difference(**{kind: tuple(items) for kind, items in vars(findings).items()})


def _compare_in_place(environment: str, was: Stacks, becomes: Stacks, findings: _Findings) -> None:
    before, after = resources_of(environment, was), resources_of(environment, becomes)
    names = find_renames(before, after)
    changes = resource_changes(before, after, names)
    findings.resources += changes
    findings.removed_stacks += [
        StackRemoval(environment, stack) for stack in sorted(was.scopes.keys() - becomes.scopes)
    ]
    by_name = {f"{change.place.stack}/{change.place.logical_id}": change for change in changes}
    findings.exports += export_conflicts(environment, was, becomes, (before, after), by_name)
    _compare_access(environment, under_new_names(before, names), after, findings)


def _compare_moved(
    environment: str,
    was: tuple[Mapping[str, Template], Location],
    becomes: tuple[Mapping[str, Template], Location],
    findings: _Findings,
) -> None:
    (old_templates, source), (new_templates, target) = was, becomes
    before = resources_of(environment, Stacks(old_templates))
    after = resources_of(environment, Stacks(new_templates))
    findings.moves.append(move(environment, source, target, before, after))
    there = Stacks({stack: as_if_there(template, source, target) for stack, template in old_templates.items()})
    _compare_access(environment, resources_of(environment, there), after, findings)


def _compare_access(environment: str, before: Resources, after: Resources, findings: _Findings) -> None:
    """Compare permissions and network rules. A renamed role is the same role, so `before` has the new names."""
    findings.permissions += permission_changes(environment, before, after)
    findings.network += network_changes(environment, before, after)
