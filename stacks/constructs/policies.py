"""IAM policies, written as IAM's own JSON.

CDK's objects cost several calls into its kernel for each statement, and an environment has a hundred. As plain values
they cross over once per policy; what IAM thinks of them is asked by the scanners and by the local AWS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]
"""One statement of a policy document: `Effect`, `Action`, `Resource`, `Condition`, and `Principal` on a resource."""


def statement(
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
    *,
    effect: str = "Allow",
) -> Statement:
    """Allow, or with the effect `Deny` refuse, `actions` on `resources` under `conditions`."""
    limits = {"Condition": dict(conditions)} if conditions else {}
    return {"Effect": effect, "Action": one_or_all(actions), "Resource": one_or_all(resources), **limits}


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """A policy of these statements, with those made one that differ in their actions or in their resources only.

    A role's inline policies have 10,240 characters together.
    """
    for joined in ("Action", "Resource"):
        statements = _joined(statements, joined)
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _joined(statements: Iterable[Statement], key: str) -> list[Statement]:
    found: dict[str, dict[str, Any]] = {}
    for one in statements:
        others = json.dumps({name: value for name, value in one.items() if name != key}, sort_keys=True)
        same = found.setdefault(others, {**one, key: []})
        same[key] += [one[key]] if isinstance(one[key], str) else one[key]
    # Not by resource: those are CDK's tokens yet, and an order of theirs would change with any other resource.
    return [{**one, key: one_or_all(sorted(one[key]) if key == "Action" else one[key])} for one in found.values()]


def never_without_tls(action: str, *resources: str) -> Statement:
    """Refuse everybody `action` on `resources` over a connection that anybody may listen to."""
    return {
        **statement([action], resources, {"Bool": {"aws:SecureTransport": "false"}}, effect="Deny"),
        "Principal": {"AWS": "*"},
    }


def one_or_all(values: Sequence[str]) -> str | list[str]:
    """As IAM itself writes it: one value alone, several as a list, each once."""
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else different
