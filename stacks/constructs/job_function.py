"""A Lambda function that launches work: with a log group, retries, and a queue for events that still failed.

Its disk and time are large because it may have to put scripts into a model's archive; both cost only while it runs.
"""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from launchpad.catalogue import Catalogue
from stacks.constructs.function_asset import function_asset
from stacks.constructs.log_group import log_group
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import attach, statement
from stacks.constructs.statements import use_key


class JobFunction(Construct):
    """One folder of `lambda/` as a function, with the catalogue beside its code."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        folder: str,
        description: str,
        role: iam.Role,
        key: kms.IKey,
        catalogue: Catalogue,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self.log_group = log_group(self, "Logs", key=key)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
            removal_policy=scope.data_removal,
        )
        own_rights = self._own_rights(role, key)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(function_asset(folder, catalogue))),
            role=role.without_policy_updates(),
            environment=dict(environment),
            environment_encryption=key,
            log_group=logs.LogGroup.from_log_group_name(self, "LogsByName", self.log_group.ref),
            dead_letter_queue=self.dead_letters,
            retry_attempts=2,
            max_event_age=cdk.Duration.hours(1),
            memory_size=512,
            timeout=cdk.Duration.minutes(15),
            ephemeral_storage_size=cdk.Size.gibibytes(10),
        )
        self.function.node.add_dependency(own_rights)

    def _own_rights(self, role: iam.Role, key: kms.IKey) -> iam.Policy:
        """What the function needs of its own log group and queue; made here, for the role's stack comes before them."""
        return attach(
            self,
            "OwnRights",
            role,
            [
                statement(["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.attr_arn]),
                statement(["sqs:SendMessage"], [self.dead_letters.queue_arn]),
                use_key(key.key_arn),
            ],
        )
