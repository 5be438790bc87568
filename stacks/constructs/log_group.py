"""Log groups: encrypted, with the retention of the config."""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.base.platform_stack import PlatformStack


def log_group(stack: PlatformStack, scope: Construct, name: str, *, key_arn: str) -> logs.CfnLogGroup:
    """Create a log group. It is deleted or retained with the environment's other data."""
    group = logs.CfnLogGroup(scope, name, kms_key_id=key_arn, retention_in_days=stack.settings.log_retention_days)
    group.apply_removal_policy(stack.data_removal)
    return group
