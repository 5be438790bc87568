"""IAM statements that EMR's cluster and EMR Studio share.

EMR's managed policies fit every account: they select subnets and groups by a tag. Here the ARNs are known. Resources
that EMR creates (instances, volumes, launch templates, interfaces) have no ARN before they exist, so the tag that EMR
puts on them is the limit, as in version 2 of AWS's managed policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam

from stacks.base.platform_stack import PlatformStack
from stacks.permissions.policies import Statement, statement
from stacks.permissions.principals import of_this_account

EMR_TAG = "for-use-with-amazon-emr-managed-policies"
"""A tag on the cluster, which EMR adds to everything that it creates for it."""
LOG_PREFIX = "spark/"
"""The prefix of Spark's logs, on a cluster or serverless."""
REQUESTED = {"StringEquals": {f"aws:RequestTag/{EMR_TAG}": "true"}}
"""The condition while a resource is created."""
TAGGED = {"StringEquals": {f"aws:ResourceTag/{EMR_TAG}": "true"}}
"""The condition on an existing resource."""


def made_by_emr(stack: PlatformStack, *kinds: str) -> list[str]:
    """Return ARN patterns for EC2 resources of these kinds; a statement limits them by a tag or by its action."""
    return [stack.arn("ec2", f"{kind}/*") for kind in kinds]


def tag_while_making(stack: PlatformStack, operations: Sequence[str], *kinds: str) -> Statement:
    """Allow tags on what these `operations` create, and on no existing resource."""
    creating = {"StringEquals": {"ec2:CreateAction": list(operations)}}
    return statement(["ec2:CreateTags"], made_by_emr(stack, *kinds), creating)


def change_rules(stack: PlatformStack, groups: Iterable[str]) -> Statement:
    """Allow adding rules to these groups. No rule is missing, but EMR requires the permission."""
    return statement(
        [
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        group_arns(stack, groups),
    )


def group_arns(stack: PlatformStack, groups: Iterable[str]) -> list[str]:
    """Return the ARNs of security groups."""
    return [stack.arn("ec2", f"security-group/{group}") for group in groups]


def encrypt(key_arn: str) -> Statement:
    """Allow what EMR's guides require of a key. Different parts of EMR encrypt disks, logs and notebooks."""
    return statement(
        [
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        [key_arn],
    )


def emr_principal(stack: PlatformStack) -> iam.ServicePrincipal:
    """Return the principal EMR, for this account's clusters and studios in this region only."""
    sources = stack.arn("elasticmapreduce", "*")
    return of_this_account("elasticmapreduce.amazonaws.com", sources)
