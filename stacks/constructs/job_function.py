"""A Lambda function that launches work: with a log group, retries, and a queue for events that still failed.

Its disk and time are large because it may have to put scripts into a model's archive; both cost only while it runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.log_group import log_group
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import document, never_without_tls, statement
from stacks.constructs.role import Role, attach
from stacks.constructs.statements import use_key

DAY = 24 * 60 * 60


class JobFunction(Construct):
    """One module of `lambda/` as a function; `function_name` and `arn` are for those that call it.

    CDK's own constructs would cost a tenth of a second each. Their paths are kept, for another logical id would
    replace what is deployed.
    """

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        code: lambda_.CfnFunction.CodeProperty,
        module: str,
        description: str,
        role: Role,
        key_arn: str,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        group = log_group(scope, self, "Logs", key_arn=key_arn)
        queue, queue_arn = self._dead_letters(scope, key_arn)
        rights = self._own_rights(role, key_arn, group, queue_arn)
        place = Construct(self, "Function")
        function = lambda_.CfnFunction(
            place,
            "Resource",
            description=description,
            runtime="python3.14",
            architectures=["arm64"],
            handler=f"{module}.handler",
            code=code,
            role=role.role_arn,
            environment=lambda_.CfnFunction.EnvironmentProperty(variables=dict(environment)),
            kms_key_arn=key_arn,
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=group.ref),
            dead_letter_config=lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=queue_arn),
            memory_size=512,
            timeout=15 * 60,
            ephemeral_storage=lambda_.CfnFunction.EphemeralStorageProperty(size=10 * 1024),
        )
        self.function_name, self.arn, self.queue_name = function.ref, function.attr_arn, queue.attr_queue_name
        retries = lambda_.CfnEventInvokeConfig(
            Construct(place, "EventInvokeConfig"),
            "Resource",
            function_name=self.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=60 * 60,
        )
        for resource in (function, retries):
            resource.node.add_dependency(rights)

    def _dead_letters(self, stack: PlatformStack, key_arn: str) -> tuple[sqs.CfnQueue, str]:
        """The queue, and its ARN."""
        place = Construct(self, "DeadLetters")
        queue = sqs.CfnQueue(place, "Resource", kms_master_key_id=key_arn, message_retention_period=14 * DAY)
        queue.apply_removal_policy(stack.data_removal)
        arn = queue.attr_arn
        sqs.CfnQueuePolicy(
            Construct(place, "Policy"),
            "Resource",
            queues=[queue.ref],
            policy_document=document([never_without_tls("sqs:*", arn)]),
        )
        return queue, arn

    def _own_rights(self, role: Role, key_arn: str, group: logs.CfnLogGroup, queue_arn: str) -> iam.CfnPolicy:
        """What the function needs of its own log group and queue; made here, for the role's stack comes before them."""
        return attach(
            self,
            "OwnRights",
            role,
            [
                statement(["logs:CreateLogStream", "logs:PutLogEvents"], [group.attr_arn]),
                statement(["sqs:SendMessage"], [queue_arn]),
                use_key(key_arn),
            ],
        )
