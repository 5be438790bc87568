"""VPC flow logs, encrypted with the environment's key."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.log_group import log_group
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.policies import statement
from stacks.permissions.principals import of_this_account

LONGEST_INTERVAL = 600
"""Seconds that EC2 aggregates before it writes. The shorter interval, 60, writes ten times as many records."""


class FlowLogs(Construct):
    """Records of accepted and rejected traffic, in a log group that only EC2 may write to."""

    def __init__(self, scope: PlatformStack, name: str, *, vpc_id: str, key_arn: str) -> None:
        super().__init__(scope, name)
        group = log_group(scope, self, "Logs", key_arn=key_arn)
        role = self._role(scope)
        permissions = attach_default(
            role,
            [statement(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [group.attr_arn])],
        )
        flow_log = ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_type="VPC",
            resource_id=vpc_id,
            traffic_type="ALL",
            max_aggregation_interval=LONGEST_INTERVAL,
            log_destination_type="cloud-watch-logs",
            log_group_name=group.ref,
            deliver_logs_permission_arn=role.role_arn,
        )
        flow_log.node.add_dependency(permissions)

    def _role(self, stack: PlatformStack) -> iam.Role:
        flow_logs = stack.arn("ec2", "vpc-flow-log/*")
        return iam.Role(
            self,
            "Role",
            description="VPC flow logs: write to their log group",
            assumed_by=of_this_account("vpc-flow-logs.amazonaws.com", flow_logs),
        )
