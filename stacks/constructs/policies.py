"""IAM policies, written as IAM's own JSON.

CDK's object for a statement costs several calls into its kernel, and an environment has a hundred statements. As plain
values they cross over once per policy, and CDK still checks, merges and sorts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

Statement = Mapping[str, Any]
"""One statement of a policy document: `Effect`, `Action`, `Resource`, `Condition`."""


def statement(
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
    *,
    effect: str = "Allow",
) -> Statement:
    """Allow, or with the effect `Deny` refuse, `actions` on `resources` under `conditions`."""
    limits = {"Condition": dict(conditions)} if conditions else {}
    return {"Effect": effect, "Action": list(actions), "Resource": list(resources), **limits}


def document(statements: Iterable[Statement]) -> iam.PolicyDocument:
    """A policy of these statements."""
    return iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": list(statements)})


def attach(scope: Construct, name: str, role: iam.IRole, statements: Iterable[Statement]) -> iam.Policy:
    """Let a role do this too. What needs the right to be there depends on the policy."""
    return iam.Policy(scope, name, roles=[role], document=document(statements))


def grant(role: iam.Role, statements: Iterable[Statement]) -> iam.Policy:
    """Give a role its own policy: once, with all that can be said where the role is made."""
    return attach(role, "DefaultPolicy", role, statements)
