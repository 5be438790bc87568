"""A Lambda function that launches work: with a log group, retries, and a queue for events that still failed."""

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
from stacks.constructs.platform_stack import PlatformStack
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
        timeout: cdk.Duration | None = None,
        disk: cdk.Size | None = None,
    ) -> None:
        super().__init__(scope, name)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            encryption_key=key,
            retention=logs.RetentionDays[_RETENTION[scope.settings.log_retention_days]],
            removal_policy=scope.data_removal,
        )
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
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="handler.handler",
            code=lambda_.Code.from_asset(str(function_asset(folder, catalogue))),
            role=role.without_policy_updates(),
            environment=dict(environment),
            environment_encryption=key,
            log_group=self.log_group,
            dead_letter_queue=self.dead_letters,
            retry_attempts=2,
            max_event_age=cdk.Duration.hours(1),
            memory_size=512,
            timeout=timeout or cdk.Duration.minutes(1),
            ephemeral_storage_size=disk,
        )
        self.function.node.add_dependency(own_rights)

    def _own_rights(self, role: iam.Role, key: kms.IKey) -> iam.Policy:
        """What the function needs of its own log group and queue; made here, for the role's stack comes before them."""
        return iam.Policy(
            self,
            "OwnRights",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[self.log_group.log_group_arn]
                ),
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.dead_letters.queue_arn]),
                use_key(key),
            ],
        )


_RETENTION = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    120: "FOUR_MONTHS",
    150: "FIVE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    400: "THIRTEEN_MONTHS",
    545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS",
    1096: "THREE_YEARS",
    1827: "FIVE_YEARS",
    2192: "SIX_YEARS",
    2557: "SEVEN_YEARS",
    2922: "EIGHT_YEARS",
    3288: "NINE_YEARS",
    3653: "TEN_YEARS",
}
