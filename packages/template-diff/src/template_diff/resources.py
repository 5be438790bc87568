"""Finds the resources that a deploy adds, removes, changes, replaces or renames.

Note: replacing one resource can replace others. A create-only property that refers to a replaced resource changes
its value too, so replacements spread along references, even between stacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from template_diff.data import fate_when_removed, fate_when_replaced, is_retained, lost_protection
from template_diff.environment import ATTRIBUTES, Resource, Resources
from template_diff.model import REFUSED, Action, PropertyChange, ResourceChange
from template_diff.names import kept_name, name_paths, taken_names
from template_diff.properties import property_changes
from template_diff.references import Value, canonical, resources_in
from template_diff.schemas import create_only, values_at
from template_diff.sets import in_order

_Causes = Mapping[Action, tuple[str, ...]]

_YIELDS_TO: Mapping[Action, frozenset[Action]] = {
    Action.REPLACED: frozenset({Action.CHANGED, Action.MAY_BE_REMOVED, Action.MAY_BE_REPLACED}),
    Action.MAY_BE_REPLACED: frozenset({Action.CHANGED, Action.MAY_BE_REMOVED}),
}
"""The kinds of replacement, and the milder actions that each overrides."""


def resource_changes(old: Resources, new: Resources, names: Mapping[str, str]) -> list[ResourceChange]:
    """Every resource of one environment that differs, in the order of stacks and logical ids.

    `names` maps the old `stack/LogicalId` of renamed resources to the new one.
    """
    former = {new_name: old_name for old_name, new_name in names.items()}
    changes: dict[str, ResourceChange] = {}
    for name in sorted({*old, *new} - set(names)):
        if name in former:
            changes[name] = _renamed(old[former[name]], new[name])
        elif name not in new:
            changes[name] = _removed(old[name])
        elif name not in old:
            changes[name] = ResourceChange(new[name].place, new[name].type, Action.ADDED)
        elif not old[name].equals(new[name]):
            changes[name] = _changed(old[name], new[name])
    _spread(changes, old, new)
    for name, custom_name in taken_names(old, new).items():
        changes[name] = replace(changes[name], data=None, kept_name=custom_name)
    return [changes[name] for name in sorted(changes)]


def _removed(old: Resource) -> ResourceChange:
    return ResourceChange(old.place, old.type, Action.REMOVED, data=fate_when_removed(old), retained=is_retained(old))


def _renamed(old: Resource, new: Resource) -> ResourceChange:
    """CloudFormation can't rename: it creates the new resource, then removes the old one by its DeletionPolicy."""
    return ResourceChange(new.place, new.type, Action.RENAMED, former=old.place, data=fate_when_removed(old))


def _changed(old: Resource, new: Resource) -> ResourceChange:
    properties = (*property_changes(old.properties, new.properties), *_attribute_changes(old, new))
    change = ResourceChange(new.place, new.type, Action.CHANGED, properties, unprotected=lost_protection(old, new))
    if old.type != new.type:
        type_change = PropertyChange("Type", old.type, new.type)
        return replace(
            change,
            action=Action.REPLACED,
            causes=("Type",),
            properties=(type_change, *properties),
            data=fate_when_removed(old) or fate_when_replaced(old, new),
        )
    causes = _create_only_changes(old, new)
    for action, paths in causes.items():
        if paths:
            return _replaced(replace(change, causes=paths), action, old, new)
    if "Condition" in new.attributes and old.attributes.get("Condition") != new.attributes["Condition"]:
        # A condition that becomes false removes the resource
        return replace(change, action=Action.MAY_BE_REMOVED, data=fate_when_removed(old))
    return change


def _replaced(change: ResourceChange, action: Action, old: Resource, new: Resource) -> ResourceChange:
    """`change` as a replacement, or as a refused one: CloudFormation replaces nothing that keeps a custom name."""
    name = kept_name(old, new) if set(name_paths(new.type)).isdisjoint(change.causes) else None
    if name is None:
        return replace(change, action=action, data=fate_when_replaced(old, new), kept_name=None)
    return replace(change, action=action, kept_name=name)


def _attribute_changes(old: Resource, new: Resource) -> Iterator[PropertyChange]:
    for name in ATTRIBUTES:
        before, after = (_text(resource.attributes.get(name)) for resource in (old, new))
        if before != after:
            yield PropertyChange(name, before, after)


def _create_only_changes(old: Resource, new: Resource) -> _Causes:
    schema = create_only(new.type)
    sides = [in_order(new.type, side.properties) for side in (old, new)]

    def changed(path: str) -> bool:
        before, after = ([canonical(value) for value in values_at(side, path)] for side in sides)
        return before != after

    return {
        Action.REPLACED: _outermost(path for path in schema.always if changed(path)),
        Action.MAY_BE_REPLACED: _outermost(path for path in schema.sometimes if changed(path)),
    }


def _outermost(paths: Iterator[str]) -> tuple[str, ...]:
    """Paths without those inside another one: `Encryption`, not `Encryption` and `Encryption.Key`."""
    ordered = sorted(paths)
    return tuple(path for path in ordered if not any(path.startswith(f"{other}.") for other in ordered))


def _spread(changes: dict[str, ResourceChange], old: Resources, new: Resources) -> None:
    """Add the replacements that other replacements cause, until no more follow."""
    settled = False
    while not settled:
        settled = True
        for name in sorted(new):
            before = changes.get(name, ResourceChange(new[name].place, new[name].type, Action.CHANGED))
            after = _following(before, old.get(name), new[name], changes)
            if (after.action, after.kept_name) != (before.action, before.kept_name):
                changes[name], settled = after, False


def _following(
    change: ResourceChange, old: Resource | None, resource: Resource, changes: Mapping[str, ResourceChange]
) -> ResourceChange:
    """`change`, turned into a replacement if a create-only property refers to a replaced resource."""
    if old is None:
        return change
    schema = create_only(resource.type)
    always, sometimes = (
        _replaced_in(resource, schema.always, changes),
        _replaced_in(resource, schema.sometimes, changes),
    )
    certain = [item for item in always if changes[item[1]].action is not Action.MAY_BE_REPLACED]
    for action, references in ((Action.REPLACED, certain), (Action.MAY_BE_REPLACED, [*always, *sometimes])):
        if references and (change.action in _YIELDS_TO[action] or change.label == REFUSED):
            paths, names = (tuple(dict.fromkeys(part)) for part in zip(*references, strict=True))
            return _replaced(replace(change, causes=paths, follows=names), action, old, resource)
    return change


def _replaced_in(
    resource: Resource, paths: tuple[str, ...], changes: Mapping[str, ResourceChange]
) -> list[tuple[str, str]]:
    """The create-only paths of a resource that refer to a replaced one, with the replaced resource."""
    return [
        (path, name)
        for path in paths
        for value in values_at(resource.properties, path)
        for name in sorted(resources_in(value))
        if name != resource.name and name in changes and changes[name].is_replaced
    ]


def _text(value: Value | None) -> str | None:
    return None if value is None else canonical(value)
