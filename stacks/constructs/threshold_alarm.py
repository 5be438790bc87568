"""An alarm on one metric that notifies the alert topic. Missing data is not an alarm."""

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
    threshold: float,
    topic_arn: str,
    period: int = 300,
    periods: int = 1,
    breaching: int | None = None,
) -> cloudwatch.CfnAlarm:
    """Alarm when `statistic`, which may be a percentile such as `p99`, is at or above `threshold`.

    `runbook` is a section of docs/runbooks.md, which the description ends with.

    That must hold in `breaching` (default: all) of the last `periods`, which are `period` seconds long.
    """
    percentile = statistic.startswith("p")
    return cloudwatch.CfnAlarm(
        scope,
        name,
        alarm_description=with_runbook(description, scope.settings.runbooks, runbook),
        namespace=namespace,
        metric_name=metric,
        dimensions=[
            cloudwatch.CfnAlarm.DimensionProperty(name=key, value=value) for key, value in sorted(dimensions.items())
        ],
        statistic=None if percentile else statistic,
        extended_statistic=statistic if percentile else None,
        period=period,
        evaluation_periods=periods,
        datapoints_to_alarm=breaching or periods,
        threshold=threshold,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
    )
