"""Inline policies of IAM roles, attached as exact JSON: CDK's `grant_*` methods would add wildcards."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.permissions.policies import Statement, document


def attach(scope: Construct, name: str, role: iam.IRole, statements: Iterable[Statement]) -> iam.CfnPolicy:
    """Attach an inline policy to `role`. A resource that needs these permissions depends on the returned policy.

    `name` must be unique among the role's policies, because IAM replaces an inline policy of the same name.
    """
    # An `iam.Policy` would parse and merge every statement again. Its path is kept, because the logical id is its hash.
    parent = Construct(scope, name)
    return iam.CfnPolicy(
        parent, "Resource", policy_name=name, roles=[role.role_name], policy_document=document(statements)
    )


def attach_default(role: iam.Role, statements: Iterable[Statement]) -> iam.CfnPolicy:
    """Attach the policy that is known where the role is created. Call it once per role."""
    return attach(role, "DefaultPolicy", role, statements)
