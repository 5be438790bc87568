"""A Lambda function that launches work: with a log group, retries, and a dead-letter queue.

Disk and time are large because a function may have to add scripts to a model's archive. Both cost only while it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.log_group import log_group
from stacks.permissions.inline_policies import attach, attach_default
from stacks.permissions.policies import Statement, statement
from stacks.permissions.statements import use_key


class JobFunction(Construct):
    """One module of `lambda/` as a function; callers use `function_name`, `arn` and `role`."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        code: lambda_.Code,
        module: str,
        description: str,
        role: iam.Role,
        key: kms.IKey,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        group = log_group(scope, self, "Logs", key_arn=key.key_arn)
        queue = self._dead_letters(scope, key)
        permissions = self._own_permissions(role, key.key_arn, group.attr_arn, queue.queue_arn)
        function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"{module}.handler",
            code=code,
            # By its ARN: CDK would otherwise grant the role the queue, once more and more widely.
            role=iam.Role.from_role_arn(self, "RoleByArn", role.role_arn, mutable=False),
            environment=dict(environment),
            environment_encryption=key,
            log_group=logs.LogGroup.from_log_group_name(self, "LogsByName", group.ref),
            dead_letter_queue=queue,
            retry_attempts=2,
            max_event_age=cdk.Duration.hours(1),
            memory_size=512,
            timeout=cdk.Duration.minutes(15),
            ephemeral_storage_size=cdk.Size.gibibytes(10),
        )
        function.node.add_dependency(permissions)
        self.role = role
        self.function_name, self.arn, self.queue_name = function.function_name, function.function_arn, queue.queue_name

    def _dead_letters(self, stack: PlatformStack, key: kms.IKey) -> sqs.Queue:
        return sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
            removal_policy=stack.data_removal,
        )

    def _own_permissions(self, role: iam.Role, key_arn: str, group_arn: str, queue_arn: str) -> iam.CfnPolicy:
        """Allow the use of the function's log group and queue. The role's stack comes first and does not know them."""
        return attach(
            self,
            "OwnRights",
            role,
            [
                statement(["logs:CreateLogStream", "logs:PutLogEvents"], [group_arn]),
                statement(["sqs:SendMessage"], [queue_arn]),
                use_key(key_arn),
            ],
        )


def function_with_role(
    construct: Construct,
    scope: PlatformStack,
    name: str,
    duty: str,
    statements: Iterable[Statement],
    **settings: Any,
) -> JobFunction:
    """Create a function with a role of `construct` for it alone; `duty` describes the role, `settings` the function."""
    service = iam.ServicePrincipal("lambda.amazonaws.com")
    role = iam.Role(construct, "Role", description=duty, assumed_by=service)
    permissions = attach_default(role, statements)
    function = JobFunction(scope, name, role=role, **settings)
    function.node.add_dependency(permissions)
    return function
