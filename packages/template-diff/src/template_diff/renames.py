"""Finds resources that only got another logical id or moved to another stack.

Note: a moved construct renames everything inside it, and these resources refer to each other, so their properties are
equal only after the resources that they refer to have been matched. That takes several rounds.
"""

from __future__ import annotations

import itertools
from collections import defaultdict

from template_diff.environment import Resource, Resources
from template_diff.references import canonical, renamed


def find_renames(old: Resources, new: Resources) -> dict[str, str]:
    """Removed resources of one environment that equal an added one in type and properties: new names by old names."""
    removed = {name: resource for name, resource in old.items() if name not in new}
    added = {name: resource for name, resource in new.items() if name not in old}
    names: dict[str, str] = {}
    while matched := _round(removed, added, names):
        for old_name, new_name in matched.items():
            del removed[old_name], added[new_name]
        names.update(matched)
    return names


def _round(removed: Resources, added: Resources, names: dict[str, str]) -> dict[str, str]:
    """The pairs that are equal with the names matched so far."""
    candidates: dict[str, list[str]] = defaultdict(list)
    for name in sorted(added):
        candidates[_signature(added[name], {})].append(name)
    matched: dict[str, str] = {}
    for name in sorted(removed):
        choices = candidates.get(_signature(removed[name], names))
        if choices:
            best = max(choices, key=lambda choice: _likeness(removed[name], added[choice]))
            choices.remove(best)
            matched[name] = best
    return matched


def _signature(resource: Resource, names: dict[str, str]) -> str:
    return canonical([resource.type, renamed(dict(resource.properties), names)])


def _likeness(old: Resource, new: Resource) -> tuple[bool, int]:
    """The sort key for candidates: the same stack, then the longest common prefix or suffix of the logical ids."""
    before, after = old.place.logical_id, new.place.logical_id
    return old.place.stack == new.place.stack, max(_common(before, after), _common(before[::-1], after[::-1]))


def _common(first: str, second: str) -> int:
    """The length of the common prefix of two texts."""
    return sum(1 for _ in itertools.takewhile(bool, map(str.__eq__, first, second)))
