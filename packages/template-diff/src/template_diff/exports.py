"""Finds exports whose value changes while another stack imports them, which CloudFormation refuses.

Note: an export that only leaves its template is none of them. A deploy keeps it, and what it refers to, until the
stacks that import it are updated or deleted. So its value still must not change meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from template_diff.environment import Resources
from template_diff.model import Action, ResourceChange
from template_diff.references import CLOSE, OPEN, Value, canonical, resources_in
from template_diff.stacks import Stacks
from template_diff.whole import ExportConflict

_ATTRIBUTE = re.compile(rf"{OPEN}([^{CLOSE}]*/[A-Za-z0-9]+)\.([A-Za-z0-9]+){CLOSE}")
Changes = Mapping[str, ResourceChange]


def export_conflicts(
    environment: str, old: Stacks, new: Stacks, resources: tuple[Resources, Resources], changes: Changes
) -> list[ExportConflict]:
    """Every export of one environment that can't be changed, in the order of stacks and outputs."""
    conflicts = (
        _conflict(environment, name, old, new, resources, changes)
        for name, export in old.exports.items()
        if export.stack in new.scopes and old.importers(name)
    )
    return sorted(filter(None, conflicts), key=lambda conflict: (conflict.stack, conflict.output))


def _conflict(
    environment: str,
    name: str,
    old: Stacks,
    new: Stacks,
    resources: tuple[Resources, Resources],
    changes: Changes,
) -> ExportConflict | None:
    export = old.exports[name]
    location = (environment, export.stack, export.output, tuple(sorted(old.importers(name))))
    before = old.value(name)
    after = new.value(name) if name in new.exports and new.exports[name].stack == export.stack else before
    if canonical(before) != canonical(after):
        values = canonical(before), canonical(after)
        return ExportConflict(*location, old=values[0], new=values[1], certain=_is_another(before, after))
    replaced = _replaced_in(after, resources, changes)
    certain = any(changes[resource].action is Action.REPLACED for resource in replaced)
    return ExportConflict(*location, replaced=replaced, certain=certain) if replaced else None


def _is_another(before: Value, after: Value) -> bool:
    """Whether two texts are certainly two values: both literal, or of different resources."""
    owners = [resources_in(value) for value in (before, after)]
    if all(owners):
        return owners[0] != owners[1]
    return OPEN not in canonical(before) and OPEN not in canonical(after)


def _replaced_in(value: Value, resources: tuple[Resources, Resources], changes: Changes) -> tuple[str, ...]:
    """The replaced resources that a value comes from: for an attribute that is a property, those in the property."""
    attribute = _ATTRIBUTE.fullmatch(canonical(value))
    if attribute:
        properties = [side[attribute[1]].properties.get(attribute[2]) for side in resources if attribute[1] in side]
        if len(properties) == 2 and properties[0] is not None and properties[0] == properties[1]:
            value = properties[0]
    return tuple(name for name in sorted(resources_in(value)) if name in changes and changes[name].is_replaced)
