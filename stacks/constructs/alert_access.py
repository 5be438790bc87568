"""Who may know and use the alert topic: the deploy function and the endpoints that it makes.

The topic's stack comes after theirs, so it is found by the fixed name of a parameter, and their roles are given the
permissions from here.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.alert_topic import AlertTopic
from stacks.permissions.inline_policies import attach
from stacks.permissions.policies import statement


def alert_topic_parameter(environment: str) -> str:
    """The name of the parameter that has the topic's ARN."""
    return f"/launchpad/{environment}/alert-topic"


def let_endpoints_notify(
    stack: PlatformStack, alerts: AlertTopic, *, deploy_role: iam.Role, serving_role: iam.Role
) -> None:
    """Let the deploy function name the topic, and asynchronous endpoints publish to it."""
    name = alert_topic_parameter(stack.settings.name)
    ssm.CfnParameter(
        stack, "AlertTopic", type="String", name=name, value=alerts.topic_arn, description="The topic of alerts"
    )
    find = statement(["ssm:GetParameter"], [stack.arn("ssm", f"parameter{name}")])
    attach(stack, "FindAlertTopic", deploy_role, [find])
    attach(stack, "NotifyOfAnswers", serving_role, alerts.publish())
