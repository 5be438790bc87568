"""What calls a function: an event of EventBridge, or a schedule. Each with the permission for it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.permissions.inline_policies import attach_default
from stacks.permissions.policies import statement
from stacks.permissions.principals import of_this_account


def call_for_events(
    scope: Construct,
    name: str,
    description: str,
    pattern: Mapping[str, Any],
    target: events.CfnRule.TargetProperty,
    *,
    permission: str = "RuleInvokes",
) -> None:
    """Call the function that is the target's `arn` for each event of a pattern.

    `name` and `permission` are the rule's and the permission's logical names below `scope`.
    """
    rule = events.CfnRule(scope, name, description=description, event_pattern=dict(pattern), targets=[target])
    lambda_.CfnPermission(
        scope,
        permission,
        action="lambda:InvokeFunction",
        function_name=target.arn,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )


def schedule_role(scope: Construct, description: str, function_arn: str) -> iam.Role:
    """Create the role with which EventBridge Scheduler calls a function."""
    starter = of_this_account("scheduler.amazonaws.com")
    role = iam.Role(scope, "ScheduleRole", assumed_by=starter, description=description)
    attach_default(role, [statement(["lambda:InvokeFunction"], [function_arn])])
    return role


def schedule(
    scope: Construct, name: str, description: str, expression: str, *, target_arn: str, role: iam.Role, event: str
) -> None:
    """Send an event, in JSON, to a function or a state machine at the moments of an expression, in UTC."""
    scheduler.CfnSchedule(
        scope,
        name,
        description=description,
        schedule_expression=expression,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(arn=target_arn, role_arn=role.role_arn, input=event),
    )
