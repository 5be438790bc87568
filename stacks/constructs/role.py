"""An IAM role, of CloudFormation's own resource: it crosses into CDK's kernel once, and its policies are plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.policies import Statement, document, one_or_all
from stacks.constructs.principals import Principal


class Role(Construct):
    """`role_arn` and `role_name`; the platform's boundary, where the config has one, is put on it by its stage."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        assumed_by: Principal,
        description: str,
        actions: Sequence[str] = ("sts:AssumeRole",),
        role_name: str | None = None,
        policies: Mapping[str, Iterable[Statement]] | None = None,
    ) -> None:
        """`actions` is what whoever takes it on may do with its session; `policies` are statements inside the role."""
        super().__init__(scope, name)
        trust = {"Effect": "Allow", "Action": one_or_all(actions), **assumed_by}
        role = iam.CfnRole(
            self,
            "Resource",
            role_name=role_name,
            description=description,
            assume_role_policy_document={"Version": "2012-10-17", "Statement": [trust]},
            policies=[
                iam.CfnRole.PolicyProperty(policy_name=inner, policy_document=document(statements))
                for inner, statements in (policies or {}).items()
            ]
            or None,
        )
        self.role_arn, self.role_name = role.attr_arn, role.ref


def attach(scope: Construct, name: str, role: Role, statements: Iterable[Statement]) -> iam.CfnPolicy:
    """Let a role do this too. What needs the right to be there depends on the policy.

    `name` is the policy's own: on one role, inline policies of one name would replace each other.
    """
    place = Construct(scope, name)
    return iam.CfnPolicy(
        place, "Resource", policy_name=name, roles=[role.role_name], policy_document=document(statements)
    )


def grant(role: Role, statements: Iterable[Statement]) -> iam.CfnPolicy:
    """Give a role its own policy: once, with all that can be said where the role is made."""
    return attach(role, "DefaultPolicy", role, statements)
