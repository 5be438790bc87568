"""The findings that a reviewer must not miss, worst first.

Note: what a new role or key permits is one danger per policy, however many statements it has; the details list them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from template_diff.model import Action, Difference, Grants, PermissionChange, Place, ResourceChange
from template_diff.text import Show, counted, listed, showing
from template_diff.wording import (
    cause_values,
    network_values,
    permission_values,
    permission_words,
    property_words,
    what_happens,
)

LOSES, MAY_LOSE = "Loses data", "May lose data"
WIDENS, OPENS, ORPHANS = "Widens permissions", "Opens network", "Leaves data behind"
UNPROTECTS, REPLACES, MAY_REPLACE = "Unprotects data", "Replaces", "May replace"
MAY_REMOVE, CLOSES = "May remove", "Closes network"
_WORST_FIRST = (LOSES, MAY_LOSE, WIDENS, OPENS, ORPHANS, UNPROTECTS, REPLACES, MAY_REPLACE, MAY_REMOVE, CLOSES)
_UNCERTAIN = (Action.MAY_BE_REPLACED, Action.MAY_BE_REMOVED)
_REPLACING = {
    Action.REPLACED: REPLACES,
    Action.RENAMED: REPLACES,
    Action.MAY_BE_REPLACED: MAY_REPLACE,
    Action.MAY_BE_REMOVED: MAY_REMOVE,
}


@dataclass(frozen=True)
class Danger:
    """One row of the table of dangers, in Markdown."""

    kind: str
    stack: str
    logical_id: str
    resource_type: str
    what: str
    values: str


def dangers(difference: Difference) -> list[tuple[str, Danger]]:
    """Every danger with its environment, the worst kind first, then by location."""
    all_dangers = [*_resources(difference), *_permissions(difference), *_network(difference)]
    return sorted(all_dangers, key=lambda pair: (_WORST_FIRST.index(pair[1].kind), pair[1].stack, pair[1].logical_id))


def _danger(kind: str, resource: Place, resource_type: str, sentence: str, values: str) -> tuple[str, Danger]:
    return resource.environment, Danger(kind, resource.stack, resource.logical_id, resource_type, sentence, values)


def _resources(difference: Difference) -> Iterator[tuple[str, Danger]]:
    for change in difference.resources:
        kind = _kind(change)
        if kind:
            yield _danger(kind, change.place, change.resource_type, what_happens(change), cause_values(change))
        if change.unprotected:
            values = "<br>".join(property_words(prop, change.place.stack) for prop in change.unprotected)
            sentence = "A later replacement or removal would no longer keep its data."
            yield _danger(UNPROTECTS, change.place, change.resource_type, sentence, values)


def _kind(change: ResourceChange) -> str | None:
    if change.loses_data:
        return MAY_LOSE if change.action in _UNCERTAIN else LOSES
    if change.data is not None and change.action not in _UNCERTAIN:
        return ORPHANS
    return _REPLACING.get(change.action)


def _permissions(difference: Difference) -> Iterator[tuple[str, Danger]]:
    of_new_holders: dict[tuple[Place, str], list[PermissionChange]] = defaultdict(list)
    for change in difference.permissions:
        if change.new_holder and change.widened:
            of_new_holders[change.holder, change.holder_type].append(change)
        elif change.widened:
            words = permission_words(change)
            yield _danger(
                WIDENS, change.holder, change.holder_type, f"{words[0].upper()}{words[1:]}.", permission_values(change)
            )
    for (holder, holder_type), changes in of_new_holders.items():
        by_policy: dict[str, list[Grants]] = defaultdict(list)
        for change in changes:
            by_policy[change.policy].append(change.grants)
        values = (
            f"{policy}: {_summary(grants, showing(holder.stack))}" for policy, grants in sorted(by_policy.items())
        )
        yield _danger(WIDENS, holder, holder_type, "New, and permits something.", "<br>".join(values))


def _summary(grants: list[Grants], show: Show) -> str:
    """A summary of what several statements permit: their actions, and the number of resources."""
    actions, resources, principals = (
        sorted({text for grant in grants for text in getattr(grant, part)})
        for part in ("actions", "resources", "principals")
    )
    if not actions:
        return listed(resources, show)
    by = f" by {listed(principals, show)}" if principals != ["*"] else ""
    return f"{listed(actions, show, most=8)}{_on(resources, show, needed=not by)}{by}"


def _on(resources: list[str], show: Show, *, needed: bool) -> str:
    """The resources of the actions; a resource's own policy with `*` doesn't need to name the resource again."""
    if resources == ["*"]:
        return " on all resources" if needed else ""
    if len(resources) <= 2:
        return f" on {listed(resources, show)}"
    return f" on {counted(len(resources), 'resource')}" + (", some on all" if "*" in resources else "")


def _network(difference: Difference) -> Iterator[tuple[str, Danger]]:
    for change in difference.network:
        kind, verb = (OPENS, "opened") if change.opened else (CLOSES, "closed")
        yield _danger(
            kind,
            change.group,
            "AWS::EC2::SecurityGroup",
            f"{change.direction.capitalize()} rule {verb}.",
            network_values(change),
        )
