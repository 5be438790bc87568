"""A state machine that encrypts its data, logs its states without their data, and is traced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.log_group import log_group

Machine = stepfunctions.CfnStateMachine


def logged_state_machine(
    stack: PlatformStack,
    scope: Construct,
    name: str,
    *,
    role: iam.Role,
    definition: Mapping[str, Any],
    permissions: iam.CfnPolicy,
    key_arn: str,
) -> Machine:
    """A state machine `name` with its log group, created after `permissions`."""
    group = log_group(stack, scope, "Logs", key_arn=key_arn)
    destination = Machine.CloudWatchLogsLogGroupProperty(log_group_arn=group.attr_arn)
    machine = Machine(
        scope,
        name,
        role_arn=role.role_arn,
        definition_string=stack.to_json_string(definition),
        logging_configuration=Machine.LoggingConfigurationProperty(
            level="ALL",
            include_execution_data=False,
            destinations=[Machine.LogDestinationProperty(cloud_watch_logs_log_group=destination)],
        ),
        encryption_configuration=Machine.EncryptionConfigurationProperty(
            type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key_arn, kms_data_key_reuse_period_seconds=300
        ),
        tracing_configuration=Machine.TracingConfigurationProperty(enabled=True),
    )
    machine.node.add_dependency(permissions)
    return machine
