"""Finds the permissions that a change widens or narrows, and in which respect.

Note: a permission widens both when more is allowed and when less is denied. A new role's permissions count as widened;
a removed role's are not listed, because its removal is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from template_diff.environment import Resources
from template_diff.model import Grants, PermissionChange, Place, Respect
from template_diff.nearest import merged, missing
from template_diff.policies import BOUNDARY, LIMITS, Holding, holdings

_UNKNOWN = "resource outside the templates"


@dataclass(frozen=True)
class _Holder:
    place: Place
    type: str
    new: bool

    def change(self, policy: str, respect: Respect, grants: Grants, *, widened: bool, **more: Any) -> PermissionChange:
        return PermissionChange(
            self.place, self.type, policy, widened, respect=respect, grants=grants, new_holder=self.new, **more
        )


def permission_changes(environment: str, old: Resources, new: Resources) -> list[PermissionChange]:
    """The permissions that one environment gains or loses. `old` has renamed resources under their new names."""
    before, after = holdings(old), holdings(new)
    changes: list[PermissionChange] = []
    for name in sorted({*before, *after}):
        if name in old and name not in new:
            continue
        holder = _holder(environment, name, new, is_new=name in new and name not in old)
        changes += _changes(holder, before.get(name, Holding()), after.get(name, Holding()))
    return changes


def _holder(environment: str, name: str, resources: Resources, *, is_new: bool) -> _Holder:
    resource = resources.get(name)
    if resource is None:
        return _Holder(Place(environment, "", name), _UNKNOWN, new=False)
    return _Holder(resource.place, resource.type, is_new)


def _changes(holder: _Holder, old: Holding, new: Holding) -> Iterator[PermissionChange]:
    for kind in sorted({*old.grants, *old.unwritten, *new.grants, *new.unwritten}):
        if not (holder.new and kind in LIMITS):
            yield from _grant_changes(holder, kind, old, new)
    yield from _attachment_changes(holder, old, new)
    yield from _boundary_changes(holder, old.boundary, new.boundary)


def _grant_changes(holder: _Holder, kind: str, old: Holding, new: Holding) -> Iterator[PermissionChange]:
    before = [*old.grants.get(kind, ()), *old.unwritten.get(kind, ())]
    # AWS's defaults for a new resource are well known, and not something that the change asks for
    after = [*new.grants.get(kind, ()), *(() if holder.new else new.unwritten.get(kind, ()))]
    for denied in (False, True):
        was = [grant for grant in before if grant.denied is denied]
        becomes = [grant for grant in after if grant.denied is denied]
        for widened, findings in ((not denied, missing(becomes, was)), (denied, missing(was, becomes))):
            for finding, grants in merged(findings):
                nearest = {"instead": finding.instead, "beside": finding.beside}
                yield holder.change(kind, finding.respect, grants, widened=widened, denied=denied, **nearest)


def _attachment_changes(holder: _Holder, old: Holding, new: Holding) -> Iterator[PermissionChange]:
    for widened, names in ((True, new.attached - old.attached), (False, old.attached - new.attached)):
        if names:
            grants = Grants(resources=tuple(sorted(names)))
            stay = tuple(sorted(old.attached & new.attached))
            yield holder.change(
                "managed policies", Respect.ATTACHMENT, grants, widened=widened, instead=stay, beside=bool(stay)
            )


def _boundary_changes(holder: _Holder, old: str | None, new: str | None) -> Iterator[PermissionChange]:
    """A replaced boundary counts as widened, because the two boundaries can't be compared."""
    if old == new or (holder.new and new is None):
        return
    grants = Grants(resources=() if new is None else (new,))
    instead = () if old is None else (old,)
    yield holder.change(BOUNDARY, Respect.BOUNDARY, grants, widened=old is not None, instead=instead)
