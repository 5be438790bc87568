"""Explains grants that only one side makes: the one respect in which each exceeds what the other side grants.

Surprise: a statement of five actions on four resources is twenty grants. They are compared singly, and put together
again here, so that a reader sees one line for what one edit did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace

from launchpad.diff.model import Grants, Respect
from launchpad.diff.statements import Grant

_TEXTS: Mapping[Respect, Callable[[Grant], str]] = {
    Respect.CONDITION: lambda grant: condition_text(grant),
    Respect.ACTION: lambda grant: str(grant.action),
    Respect.RESOURCE: lambda grant: str(grant.resource),
    Respect.PRINCIPAL: lambda grant: str(grant.principal),
}
"""The respects in which two grants can differ, most telling first, and how each reads."""
_PARTS = (Respect.ACTION, Respect.RESOURCE, Respect.PRINCIPAL)

_Texts = Mapping[Respect, frozenset[str]]


@dataclass(frozen=True)
class Finding:
    """One grant that only one side makes, and how the nearest grants of the other side differ."""

    grant: Grant
    respect: Respect
    instead: tuple[str, ...] = ()
    """What the other side says in that respect."""
    beside: bool = False
    """Whether this side says so, too: then something was added to it or taken from it, and nothing exchanged."""


def missing(grants: Iterable[Grant], others: Iterable[Grant]) -> list[Finding]:
    """The grants that none of `others` contains."""
    grants, others = sorted(set(grants)), sorted(set(others))
    known = set(others)
    return [
        _explained(grant, grants, others)
        for grant in grants
        if grant not in known and not any(other.contains(grant) for other in others)
    ]


def _explained(grant: Grant, grants: list[Grant], others: list[Grant]) -> Finding:
    for respect, text in _TEXTS.items():
        alike = [other for other in others if _differs_only_in(respect, other, grant)]
        if alike:
            exchanged = [other for other in alike if grant.contains(other)] or [
                other for other in alike if not any(mine.contains(other) for mine in grants)
            ]
            instead = tuple(sorted({text(other) for other in exchanged or alike}))
            return Finding(grant, respect, instead, beside=not exchanged)
    return Finding(grant, Respect.ALL)


def _differs_only_in(respect: Respect, other: Grant, grant: Grant) -> bool:
    if respect is Respect.ACTION and not _comparable(other, grant):
        return False
    return replace(other, **{respect.value: getattr(grant, respect.value)}).contains(grant)


def _comparable(one: Grant, other: Grant) -> bool:
    """Whether it helps to be told of the one action where the other is new: not if they are of two services."""
    if one.action.excluded or other.action.excluded or one.same_action(other) or other.same_action(one):
        return True
    return _service(one) == _service(other)


def _service(grant: Grant) -> str:
    return str(grant.action).partition(":")[0].lower()


def merged(findings: Iterable[Finding]) -> list[tuple[Finding, Grants]]:
    """The findings put together: those that differ in the action only, then in the resource, then the principal."""
    groups = [(finding, {part: frozenset({_TEXTS[part](finding.grant)}) for part in _PARTS}) for finding in findings]
    for part in _PARTS:
        together: dict[Hashable, list[tuple[Finding, _Texts]]] = defaultdict(list)
        for finding, parts in groups:
            rest = tuple(texts for name, texts in sorted(parts.items()) if name != part)
            same_edit = (finding.respect, finding.instead, finding.beside, finding.grant.condition, rest)
            together[same_edit].append((finding, parts))
        groups = [
            (same[0][0], {**same[0][1], part: frozenset().union(*(parts[part] for _, parts in same))})
            for same in together.values()
        ]
    return [(finding, _grants(finding, parts)) for finding, parts in groups]


def _grants(finding: Finding, parts: _Texts) -> Grants:
    actions, resources, principals = (tuple(sorted(parts[part])) for part in _PARTS)
    return Grants(actions, resources, principals, condition_text(finding.grant) if finding.grant.condition else "")


def condition_text(grant: Grant) -> str:
    """A grant's condition in words."""
    return " and ".join(map(str, grant.condition)) or "no condition"
