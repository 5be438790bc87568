"""IAM policies as exact JSON.

CDK's `PolicyStatement` makes several calls into its kernel for each statement, and an environment has a hundred of
them. JSON crosses over once per policy. The scanners and the local AWS check what IAM would say about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stacks.permissions.actions import check_actions

Statement = Mapping[str, Any]
"""One statement of a policy: `Effect`, `Action`, `Resource`, `Condition`, and `Principal` in a resource's policy."""


def statement(
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
    *,
    effect: str = "Allow",
) -> Statement:
    """Allow `actions` on `resources` under `conditions`, or refuse them with the effect `Deny`.

    Raises InvalidFileError if AWS has no such action.
    """
    check_actions(actions)
    limits = {"Condition": dict(conditions)} if conditions else {}
    return {"Effect": effect, "Action": _compact(actions), "Resource": _compact(resources), **limits}


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """Build a policy, merging statements that differ only in `Action` or only in `Resource`.

    IAM limits a role's inline policies to 10,240 characters in total.
    """
    for key in ("Action", "Resource"):
        statements = _merged(statements, key)
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _merged(statements: Iterable[Statement], key: str) -> list[Statement]:
    merged: dict[str, dict[str, Any]] = {}
    for statement in statements:
        rest = json.dumps({name: value for name, value in statement.items() if name != key}, sort_keys=True)
        target = merged.setdefault(rest, {**statement, key: []})
        target[key] += [statement[key]] if isinstance(statement[key], str) else statement[key]
    # Resources stay in their order: some are CDK tokens, whose text changes with any other resource.
    return [
        {**statement, key: _compact(sorted(statement[key]) if key == "Action" else statement[key])}
        for statement in merged.values()
    ]


def _compact(values: Sequence[str]) -> str | list[str]:
    """Remove duplicates, and write a single value without a list, as IAM does."""
    unique = list(dict.fromkeys(values))
    return unique[0] if len(unique) == 1 else unique
