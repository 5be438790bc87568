"""An IAM role, of CloudFormation's own resource: it crosses into CDK's kernel once, and its policies are plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

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
        policies: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """`actions` is what whoever takes it on may do with its session; `policies` are documents inside the role."""
        super().__init__(scope, name)
        trust = {"Effect": "Allow", "Action": actions[0] if len(actions) == 1 else list(actions), **assumed_by}
        role = iam.CfnRole(
            self,
            "Resource",
            role_name=role_name,
            description=description,
            assume_role_policy_document={"Version": "2012-10-17", "Statement": [trust]},
            policies=[
                iam.CfnRole.PolicyProperty(policy_name=inner, policy_document=document)
                for inner, document in (policies or {}).items()
            ]
            or None,
        )
        self.role_arn, self.role_name = role.attr_arn, role.ref
