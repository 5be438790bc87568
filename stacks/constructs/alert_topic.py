"""Where alarms, failed jobs and the budget are told: one topic, encrypted with the environment's key.

CloudWatch and AWS Budgets publish by themselves, so the topic and the key let them in, for this account's alarms and
budgets only. EventBridge has a role for it: AWS knows no condition by which a topic could tell whose rule it is.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import Statement, statement
from stacks.constructs.principals import of_this_account
from stacks.constructs.statements import use_key


class AlertTopic(Construct):
    """The topic, its readers, and who may publish to it."""

    def __init__(self, scope: PlatformStack, name: str, *, key: kms.Key, email: str | None) -> None:
        super().__init__(scope, name)
        self.key = key
        self.topic = sns.Topic(self, "Topic", master_key=key)
        self.policy = sns.TopicPolicy(self, "Policy", topics=[self.topic], enforce_ssl=True)
        for service, source in sorted(_sources(scope).items()):
            self._let_publish(of_this_account(f"{service}.amazonaws.com", source))
        if email:
            sns.Subscription(self, "Email", topic=self.topic, protocol=sns.SubscriptionProtocol.EMAIL, endpoint=email)

    def publish(self) -> list[Statement]:
        """What a role needs to publish to the topic."""
        return [
            statement(["sns:Publish"], [self.topic.topic_arn]),
            use_key(self.key.key_arn),
        ]

    def _let_publish(self, service: iam.ServicePrincipal) -> None:
        self.policy.document.add_statements(
            iam.PolicyStatement(principals=[service], actions=["sns:Publish"], resources=[self.topic.topic_arn])
        )
        # In a key's own policy, `*` is that key.
        self.key.add_to_resource_policy(
            iam.PolicyStatement(principals=[service], actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=["*"])
        )


def _sources(stack: PlatformStack) -> dict[str, str]:
    """The services that publish by themselves, to the ARNs of what they may publish about."""
    return {
        "budgets": stack.arn("budgets", "*", region=""),
        "cloudwatch": stack.arn("cloudwatch", f"alarm:launchpad-{stack.settings.name}-*"),
    }
