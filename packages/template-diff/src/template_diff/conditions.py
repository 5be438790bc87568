"""Conditions of policy statements, and which of two is stricter.

Note: more values make most operators laxer (any of them will do) but the negated ones stricter (none of them may
match). If two conditions can't be compared, neither is stricter, so that a possible widening is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from template_diff.patterns import contains, network_contains
from template_diff.references import Value, canonical

_NEGATED = ("Not",)
_PATTERNS = frozenset({"StringLike", "StringNotLike", "ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"})
_ADDRESSES = frozenset({"IpAddress", "NotIpAddress"})
_LAXER: Mapping[str, str] = {"StringEquals": "StringLike", "ArnEquals": "ArnLike", "StringNotLike": "StringNotEquals"}
"""Operators that pass whenever the first one does, given the same values."""
_IF_EXISTS = "IfExists"


@dataclass(frozen=True, order=True)
class Constraint:
    """One key of a condition: `operator` on `key` with any (negated: none) of `values`."""

    operator: str
    key: str
    values: tuple[str, ...]

    def implies(self, other: Constraint) -> bool:
        """Whether every request that passes this one passes `other`."""
        if self.key.lower() != other.key.lower() or not _operator_implies(self.operator, other.operator):
            return False
        same = _comparison(other.operator)
        if any(word in other.operator for word in _NEGATED):
            return all(any(same(value, other_value) for value in self.values) for other_value in other.values)
        return all(any(same(other_value, value) for other_value in other.values) for value in self.values)

    def __str__(self) -> str:
        return f"{self.key} {self.operator} {', '.join(self.values)}"


Condition: TypeAlias = tuple[Constraint, ...]
"""Constraints that must all pass; an empty tuple lets every request pass."""


def read_condition(raw: Value | None) -> Condition:
    """Parse a statement's `Condition` member."""
    if not isinstance(raw, dict):
        return ()
    constraints = []
    for operator, keys in raw.items():
        for key, values in (keys if isinstance(keys, dict) else {"": keys}).items():
            value_list = values if isinstance(values, list) else [values]
            constraints.append(Constraint(operator, key, tuple(sorted(map(canonical, value_list)))))
    return tuple(sorted(constraints))


def lets_through(condition: Condition, stricter: Condition) -> bool:
    """Whether every request that passes `stricter` passes `condition`."""
    return all(any(constraint.implies(needed) for constraint in stricter) for needed in condition)


def _operator_implies(operator: str, other: str) -> bool:
    if operator == other:
        return True
    if other.endswith(_IF_EXISTS):
        return _operator_implies(operator.removesuffix(_IF_EXISTS), other.removesuffix(_IF_EXISTS))
    prefix, _, plain = operator.rpartition(":")
    return _LAXER.get(plain) is not None and f"{prefix}:{_LAXER[plain]}".lstrip(":") == other


def _comparison(operator: str) -> Callable[[str, str], bool]:
    plain = operator.rpartition(":")[2].removesuffix(_IF_EXISTS)
    if plain in _PATTERNS:
        return contains
    return network_contains if plain in _ADDRESSES else str.__eq__
