"""A log group as the whole platform has them: encrypted, kept for as long as the config says."""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.platform_stack import PlatformStack


def log_group(stack: PlatformStack, scope: Construct, name: str, *, key_arn: str) -> logs.CfnLogGroup:
    """A log group of the stack; its data goes or stays with the environment's other data."""
    group = logs.CfnLogGroup(scope, name, kms_key_id=key_arn, retention_in_days=stack.settings.log_retention_days)
    group.apply_removal_policy(stack.data_removal)
    return group
