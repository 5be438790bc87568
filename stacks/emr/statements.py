"""IAM statements that EMR's cluster and its Studio share.

EMR's own policies are made for every account: they find subnets and groups by a tag. Here these are named. What EMR
makes itself (instances, volumes, launch templates, interfaces) has no name before it is there, so the tag that EMR puts
on it is the limit, as in AWS's policies of the second version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam

from stacks.constructs.platform_stack import PlatformStack
from stacks.permissions.policies import Statement, statement
from stacks.permissions.principals import of_this_account

EMR_TAG = "for-use-with-amazon-emr-managed-policies"
"""On the cluster; EMR puts it on all that it makes for it."""
LOG_PREFIX = "spark/"
"""Below which Spark logs, on a cluster or serverless."""
REQUESTED = {"StringEquals": {f"aws:RequestTag/{EMR_TAG}": "true"}}
"""While something is made."""
TAGGED = {"StringEquals": {f"aws:ResourceTag/{EMR_TAG}": "true"}}
"""Once it is there."""


def made_by_emr(stack: PlatformStack, *kinds: str) -> list[str]:
    """Any EC2 resource of some kinds; a statement says by a tag, or by its action, which ones."""
    return [stack.arn("ec2", f"{kind}/*") for kind in kinds]


def tag_while_making(stack: PlatformStack, operations: Sequence[str], *kinds: str) -> Statement:
    """Put tags on what these `operations` make, and on nothing that is there already."""
    making = {"StringEquals": {"ec2:CreateAction": list(operations)}}
    return statement(["ec2:CreateTags"], made_by_emr(stack, *kinds), making)


def change_rules(stack: PlatformStack, groups: Iterable[str]) -> Statement:
    """Add rules that EMR misses to the groups with these ids. All of them are there, but EMR asks for the right."""
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
    """The ARNs of security groups."""
    return [stack.arn("ec2", f"security-group/{group}") for group in groups]


def encrypt(key_arn: str) -> Statement:
    """All that EMR's guides ask for of a key: disks, logs and notebooks are encrypted by different parts of EMR."""
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
    """EMR, for this account's clusters and studios in this region only."""
    anything = stack.arn("elasticmapreduce", "*")
    return of_this_account("elasticmapreduce.amazonaws.com", anything)
