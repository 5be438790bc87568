"""Finds exports that the deploy would delete or change while another stack imports them, which CloudFormation refuses.

Note: a stack is updated before those that import from it. So an import that goes in the same deploy as its export is
still there when the export is to go. A stack that left the app is deleted before the deploy, unless a stack that stays
imports from it; then afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
    """Every export of one environment that can't be deleted or changed, in the order of stacks and outputs."""
    return sorted(
        (
            conflict
            for name, export in old.exports.items()
            if export.stack in new.scopes
            for conflict in _conflicts(environment, name, old, new, resources, changes)
        ),
        key=lambda conflict: (conflict.stack, conflict.output),
    )


def _conflicts(
    environment: str,
    name: str,
    old: Stacks,
    new: Stacks,
    resources: tuple[Resources, Resources],
    changes: Changes,
) -> Iterator[ExportConflict]:
    export = old.exports[name]
    importers = _importers_at_update(name, old, new)
    if not importers:
        return
    place = (environment, export.stack, export.output, tuple(sorted(importers)))
    in_order = any(export.stack in new.needs(importer) for importer in importers)
    if name not in new.exports or new.exports[name].stack != export.stack:
        yield ExportConflict(*place, deleted=True, certain=in_order)
        return
    before, after = old.value(name), new.value(name)
    if canonical(before) != canonical(after):
        certain = in_order and _is_another(before, after)
        yield ExportConflict(*place, deleted=False, old=canonical(before), new=canonical(after), certain=certain)
        return
    replaced = _replaced_in(after, resources, changes)
    if replaced:
        certain = in_order and any(changes[resource].action is Action.REPLACED for resource in replaced)
        yield ExportConflict(*place, deleted=False, replaced=replaced, certain=certain)


def _importers_at_update(name: str, old: Stacks, new: Stacks) -> set[str]:
    """The stacks that still import an export when its stack is updated."""
    producer = old.exports[name].stack
    updated_before = new.needs(producer)
    return {
        stack
        for stack in old.importers(name)
        if (stack in new.scopes and stack not in updated_before)
        or (stack not in new.scopes and _deleted_after(stack, old, new))
    }


def _deleted_after(leaving: str, old: Stacks, new: Stacks) -> bool:
    """Whether a stack that left the app has to wait for the deploy, because a stack that stays imports from it."""
    return any(leaving in old.needs(stack) for stack in new.scopes if stack in old.scopes)


def _is_another(before: Value, after: Value) -> bool:
    """Whether two texts are certainly two values: both literal, or of different resources."""
    owners = [resources_in(value) for value in (before, after)]
    if all(owners):
        return owners[0] != owners[1]
    return OPEN not in canonical(before) and OPEN not in canonical(after)


def _replaced_in(value: Value, resources: tuple[Resources, Resources], changes: Changes) -> tuple[str, ...]:
    """The replaced resources that a value comes from; none for an attribute that equals an unchanged property."""
    attribute = _ATTRIBUTE.fullmatch(canonical(value))
    if attribute:
        properties = [side[attribute[1]].properties.get(attribute[2]) for side in resources if attribute[1] in side]
        if len(properties) == 2 and properties[0] is not None and properties[0] == properties[1]:
            return ()
    return tuple(name for name in sorted(resources_in(value)) if name in changes and changes[name].is_replaced)
