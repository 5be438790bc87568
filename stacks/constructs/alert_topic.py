"""Where alarms, failed jobs and the budget are told: one topic, encrypted with the environment's key.

CloudWatch and AWS Budgets publish by themselves, so the topic and the key let them in, for this account's alarms and
budgets only. EventBridge has a role for it: AWS knows no condition by which a topic could tell whose rule it is.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.platform_stack import PlatformStack
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

    def publish(self) -> list[iam.PolicyStatement]:
        """What a role needs to publish to the topic."""
        return [
            iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]),
            use_key(self.key),
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
        "budgets": stack.format_arn(service="budgets", region="", resource="*"),
        "cloudwatch": stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            # The names that CloudFormation generates begin with the stack's.
            resource_name=f"launchpad-{stack.settings.name}-*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        ),
    }
