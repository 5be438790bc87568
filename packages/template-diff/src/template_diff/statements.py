"""Splits policy statements into single grants, so that policies are compared by what they permit, not by how they are
written: order, `Sid`s, and how statements are split or merged make no difference.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from template_diff.conditions import Condition, lets_through, read_condition
from template_diff.model import Respect
from template_diff.patterns import EVERYTHING, Selection
from template_diff.references import CLOSE, OPEN, Value, canonical

_Reader = Callable[[Value], Iterable[str]]
_PART = f"(?:{OPEN}[^{CLOSE}]*{CLOSE}|[^:])+"
_ACCOUNT = re.compile(f"(?:arn:{_PART}:iam::)?((?:{OPEN}AWS::AccountId{CLOSE})|[0-9]{{12}})(?::root)?")


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource for one principal under one condition, allowed or denied."""

    denied: bool
    action: Selection
    resource: Selection
    principal: Selection
    condition: Condition

    def contains(self, other: Grant) -> bool:
        """Whether every request that matches `other` also matches this one."""
        return self.denied == other.denied and all(
            within(getattr(self, part), getattr(other, part)) for part, within in CONTAINS.items()
        )


def _action_contains(selection: Selection, other: Selection) -> bool:
    return selection.lowered.contains(other.lowered)


CONTAINS: Mapping[Respect, Callable[[Any, Any], bool]] = {
    Respect.CONDITION: lets_through,
    Respect.ACTION: _action_contains,
    Respect.RESOURCE: Selection.contains,
    Respect.PRINCIPAL: Selection.contains,
}
"""The respects in which two grants can differ, named like the members, most telling first, and how to compare each."""


def grants_of(document: Value) -> list[Grant]:
    """Every grant of a policy document, which is a mapping or its JSON text."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return []
    if not isinstance(document, dict):
        return []
    return [grant for statement in statements_of(document.get("Statement", [])) for grant in _grants(statement)]


def statements_of(raw: Value) -> Iterator[dict[str, Value]]:
    """The statements of a policy; for `Fn::If` both versions, because either may be deployed."""
    if isinstance(raw, list):
        for item in raw:
            yield from statements_of(item)
    elif isinstance(raw, dict) and "Fn::If" in raw:
        branches = raw["Fn::If"]
        yield from statements_of(branches[1:] if isinstance(branches, list) else [])
    elif isinstance(raw, dict):
        yield raw


def _grants(statement: dict[str, Value]) -> Iterator[Grant]:
    denied = statement.get("Effect") == "Deny"
    condition = read_condition(statement.get("Condition"))
    dimensions = (
        _selections(statement, "Action", _texts),
        _selections(statement, "Resource", _texts),
        _selections(statement, "Principal", _principals),
    )
    for action, resource, principal in itertools.product(*dimensions):
        yield Grant(denied, action, resource, principal, condition)


def _selections(statement: dict[str, Value], member: str, read: _Reader) -> list[Selection]:
    """One selection for each listed pattern, or a single one for `NotX`; everything if the policy has no such member
    (a trust policy's Resource, an identity policy's Principal).
    """
    if f"Not{member}" in statement:
        return [Selection(tuple(sorted(read(statement[f"Not{member}"]))), excluded=True)]
    if member in statement:
        return [Selection((pattern,)) for pattern in sorted(set(read(statement[member])))]
    return [EVERYTHING]


def _texts(raw: Value) -> Iterable[str]:
    if isinstance(raw, dict) and isinstance(branches := raw.get("Fn::If"), list):
        raw = branches[1:]
    if isinstance(raw, list):
        return [text for item in raw for text in _texts(item)]
    return [canonical(raw)]


def _principals(raw: Value) -> Iterable[str]:
    """`kind:value` of each principal; an account's three spellings are equal, and `AWS: *` is any principal."""
    if isinstance(raw, dict) and "Fn::If" not in raw:
        return [_principal(kind, text) for kind, values in raw.items() for text in _texts(values)]
    return _texts(raw)


def _principal(kind: str, text: str) -> str:
    if kind != "AWS":
        return f"{kind}:{text}"
    if text == "*":
        return "*"
    account = _ACCOUNT.fullmatch(text)
    return f"account:{account[1]}" if account else text
