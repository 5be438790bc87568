"""The findings that a reviewer must not miss, worst first.

Note: what a new role or key permits is one danger per policy, however many statements it has; the details list them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from template_diff.danger import (
    CLOSES,
    FAILS,
    LOSES,
    MAY_FAIL,
    MAY_LOSE,
    MAY_REMOVE,
    MAY_REPLACE,
    OPENS,
    ORPHANS,
    REPLACES,
    UNPROTECTS,
    WIDENS,
    WORST_FIRST,
    Danger,
)
from template_diff.model import Action, Difference, Grants, PermissionChange, Place, ResourceChange
from template_diff.text import Show, counted, listed, showing
from template_diff.whole_dangers import whole_dangers
from template_diff.wording import (
    cause_values,
    network_values,
    permission_values,
    permission_words,
    property_words,
    what_happens,
)

_REPLACING = {
    Action.REPLACED: REPLACES,
    Action.RENAMED: REPLACES,
    Action.MAY_BE_REPLACED: MAY_REPLACE,
    Action.MAY_BE_REMOVED: MAY_REMOVE,
}


def dangers(difference: Difference) -> list[tuple[str, Danger]]:
    """Every danger with its environment, the worst kind first, then by location."""
    all_dangers = [
        *whole_dangers(difference),
        *_resources(difference),
        *_permissions(difference),
        *_network(difference),
    ]
    return sorted(all_dangers, key=lambda pair: (WORST_FIRST.index(pair[1].kind), pair[1].stack, pair[1].logical_id))


def _danger(kind: str, resource: Place, resource_type: str, sentence: str, values: str) -> tuple[str, Danger]:
    return resource.environment, Danger(kind, resource.stack, resource.logical_id, resource_type, sentence, values)


def _resources(difference: Difference) -> Iterator[tuple[str, Danger]]:
    deleted = {(removal.environment, removal.stack) for removal in difference.removed_stacks}
    for change in difference.resources:
        kind = _kind(change)
        if change.action is Action.REMOVED and (change.place.environment, change.place.stack) in deleted:
            continue  # the row of the stack has it
        if kind:
            yield _danger(kind, change.place, change.resource_type, what_happens(change), cause_values(change))
        if change.unprotected:
            values = "<br>".join(property_words(prop, change.place.stack) for prop in change.unprotected)
            sentence = "A later replacement or removal would no longer keep its data."
            yield _danger(UNPROTECTS, change.place, change.resource_type, sentence, values)


def _kind(change: ResourceChange) -> str | None:
    if change.kept_name is not None:
        return MAY_FAIL if change.is_uncertain else FAILS
    if change.loses_data:
        return MAY_LOSE if change.is_uncertain else LOSES
    if change.data is not None and not change.is_uncertain:
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
