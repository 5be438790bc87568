"""An alarm on a count of failures that notifies the alert topic. Missing data is not an alarm."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch

from launchpad.requests.runbooks import with_runbook
from stacks.base.platform_stack import PlatformStack


def threshold_alarm(
    scope: PlatformStack,
    name: str,
    *,
    description: str,
    runbook: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    statistic: str,
    topic_arn: str,
) -> cloudwatch.CfnAlarm:
    """Alarm when `statistic` of five minutes is 1 or more. `runbook` is a section of docs/runbooks.md."""
    return cloudwatch.CfnAlarm(
        scope,
        name,
        alarm_description=with_runbook(description, scope.settings.runbooks, runbook),
        namespace=namespace,
        metric_name=metric,
        dimensions=[
            cloudwatch.CfnAlarm.DimensionProperty(name=key, value=value) for key, value in sorted(dimensions.items())
        ],
        statistic=statistic,
        period=300,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
    )
