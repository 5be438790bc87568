"""The topic for alarms, failed jobs, the budget and anomalies of spend, encrypted with the environment's key.

CloudWatch, AWS Budgets and Cost Anomaly Detection publish directly, so the policies of the topic and of the key allow
them, for this account's alarms, budgets and subscriptions only. EventBridge uses a role instead: no condition key tells
a topic which rule an event is from.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.permissions.policies import Statement, document, statement
from stacks.permissions.principals import publishers
from stacks.permissions.statements import use_key


class AlertTopic(Construct):
    """The topic with its subscription, and `policy`, which says who may publish."""

    def __init__(self, scope: PlatformStack, name: str, *, key: kms.IKey, email: str | None) -> None:
        super().__init__(scope, name)
        self._key_arn = key.key_arn
        topic = sns.Topic(self, "Topic", master_key=key)
        self.topic_arn = topic.topic_arn
        self.policy = sns.TopicPolicy(self, "Policy", topics=[topic], policy_document=self._policy(scope))
        if email:
            sns.Subscription(self, "Email", topic=topic, protocol=sns.SubscriptionProtocol.EMAIL, endpoint=email)

    def publish(self) -> list[Statement]:
        """Return the permissions of a role that publishes to the topic."""
        return [statement(["sns:Publish"], [self.topic_arn]), use_key(self._key_arn)]

    def _policy(self, stack: PlatformStack) -> iam.PolicyDocument:
        publish = statement(["sns:Publish"], [self.topic_arn])
        without_tls = {
            "Sid": "AllowPublishThroughSSLOnly",
            **publish,
            "Effect": "Deny",
            "Principal": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        # SNS requires an id for each statement.
        allowed = [{"Sid": name, **publish, **publisher} for name, publisher in publishers(stack).items()]
        return iam.PolicyDocument.from_json(document([without_tls, *allowed]))
