"""A log group as the whole platform has them: encrypted, kept for as long as the config says."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.platform_stack import PlatformStack


def log_group(scope: Construct, name: str, *, key: kms.IKey) -> logs.CfnLogGroup:
    """A log group of `scope`'s stack; its data goes or stays with the environment's other data."""
    stack = PlatformStack.of(scope)
    assert isinstance(stack, PlatformStack)  # noqa: S101 (every stack here is one)
    group = logs.CfnLogGroup(scope, name, kms_key_id=key.key_arn, retention_in_days=stack.settings.log_retention_days)
    group.apply_removal_policy(stack.data_removal)
    return group
