"""Where alarms, failed jobs and the budget are told: one topic, encrypted with the environment's key.

CloudWatch and AWS Budgets publish by themselves, so the topic and the key let them in, for this account's alarms and
budgets only. EventBridge has a role for it: AWS knows no condition by which a topic could tell whose rule it is.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import Statement, document, never_without_tls, statement
from stacks.constructs.principals import publishers
from stacks.constructs.statements import use_key


class AlertTopic(Construct):
    """The topic, by its `topic_arn`, its readers, and the `policy` that says who may publish to it."""

    def __init__(self, scope: PlatformStack, name: str, *, key_arn: str, email: str | None) -> None:
        super().__init__(scope, name)
        self._key_arn = key_arn
        self.topic_arn = sns.CfnTopic(Construct(self, "Topic"), "Resource", kms_master_key_id=key_arn).ref
        self.policy = sns.CfnTopicPolicy(
            Construct(self, "Policy"), "Resource", topics=[self.topic_arn], policy_document=self._policy(scope)
        )
        if email:
            sns.CfnSubscription(
                Construct(self, "Email"), "Resource", topic_arn=self.topic_arn, protocol="email", endpoint=email
            )

    def publish(self) -> list[Statement]:
        """What a role needs to publish to the topic."""
        return [statement(["sns:Publish"], [self.topic_arn]), use_key(self._key_arn)]

    def _policy(self, stack: PlatformStack) -> dict[str, Any]:
        publish = statement(["sns:Publish"], [self.topic_arn])
        without_tls = {
            "Sid": "AllowPublishThroughSSLOnly",
            **never_without_tls("sns:Publish", self.topic_arn),
            "Principal": "*",
        }
        allowed = [
            {"Sid": name, **publish, **publisher} for name, publisher in publishers(stack).items()
        ]  # SNS wants each statement to have an id
        return document([without_tls, *allowed])
