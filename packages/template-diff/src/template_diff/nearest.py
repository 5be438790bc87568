"""Explains grants that only one side has: the one respect in which each exceeds the other side's grants.

Note: a statement with five actions on four resources is twenty grants. They are compared one by one and merged again
here, so that a reader sees one line for one edit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from template_diff.model import Grants, Respect
from template_diff.patterns import Selection
from template_diff.statements import CONTAINS, Grant

_PARTS = (Respect.ACTION, Respect.RESOURCE, Respect.PRINCIPAL)

_Texts = Mapping[Respect, frozenset[str]]


@dataclass(frozen=True)
class Finding:
    """One grant that only one side has, and how the nearest grants of the other side differ."""

    grant: Grant
    respect: Respect
    instead: tuple[str, ...] = ()
    """The other side's values in that respect."""
    beside: bool = False
    """Whether this side has those values too, so that something was added or removed rather than exchanged."""


class _Side:
    """Grants of one effect, with a fast search for those that contain a given grant.

    Thousands of grants have few distinct actions, resources, principals and conditions. Each of those is compared once,
    and the results for a grant are intersected.
    """

    def __init__(self, grants: Iterable[Grant]) -> None:
        self.grants = sorted(set(grants))
        self._having: dict[Respect, dict[Any, set[int]]] = {part: defaultdict(set) for part in CONTAINS}
        for number, grant in enumerate(self.grants):
            for part, having in self._having.items():
                having[getattr(grant, part)].add(number)
        self._containing: dict[tuple[Respect, Any], frozenset[int]] = {}

    def containing(self, grant: Grant, apart_from: Respect | None = None) -> list[Grant]:
        """The grants that contain `grant`, ignoring the respect `apart_from`."""
        candidates = (self._at_least(part, getattr(grant, part)) for part in CONTAINS if part is not apart_from)
        return [self.grants[number] for number in sorted(frozenset.intersection(*candidates))]

    def _at_least(self, part: Respect, value: Any) -> frozenset[int]:
        if (part, value) not in self._containing:
            within = CONTAINS[part]
            fitting = (numbers for held_value, numbers in self._having[part].items() if within(held_value, value))
            self._containing[part, value] = frozenset().union(*fitting)
        return self._containing[part, value]


def missing(grants: Iterable[Grant], others: Iterable[Grant]) -> list[Finding]:
    """The grants that none of `others` contains. All have the same effect."""
    side, other_side = _Side(grants), _Side(others)
    return [_explained(grant, side, other_side) for grant in side.grants if not other_side.containing(grant)]


def _explained(grant: Grant, side: _Side, other_side: _Side) -> Finding:
    for respect in CONTAINS:
        alike = other_side.containing(grant, apart_from=respect)
        if respect is Respect.ACTION:
            alike = [other for other in alike if _comparable(other.action, grant.action)]
        if alike:
            exchanged = [other for other in alike if grant.contains(other)] or [
                other for other in alike if not side.containing(other)
            ]
            instead = tuple(sorted({_text(other, respect) for other in exchanged or alike}))
            return Finding(grant, respect, instead, beside=not exchanged)
    return Finding(grant, Respect.ALL)


def _comparable(first: Selection, second: Selection) -> bool:
    """Whether one action helps to explain the other: not if they belong to different services."""
    within = CONTAINS[Respect.ACTION]
    if first.excluded or second.excluded or within(first, second) or within(second, first):
        return True
    return str(first).partition(":")[0].lower() == str(second).partition(":")[0].lower()


def merged(findings: Iterable[Finding]) -> list[tuple[Finding, Grants]]:
    """The findings, merged if they differ only in the action, then only in the resource, then only in the principal."""
    groups = [(finding, {part: frozenset({_text(finding.grant, part)}) for part in _PARTS}) for finding in findings]
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
    return Grants(
        actions, resources, principals, _text(finding.grant, Respect.CONDITION) if finding.grant.condition else ""
    )


def _text(grant: Grant, respect: Respect) -> str:
    if respect is Respect.CONDITION:
        return " and ".join(map(str, grant.condition)) or "no condition"
    return str(getattr(grant, respect))
