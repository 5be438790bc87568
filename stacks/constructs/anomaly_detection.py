"""AWS Cost Anomaly Detection for the environment: unusual spend is a notification on the alert topic.

The monitor is AWS's "customer managed" kind, for one value of the cost allocation tag `launchpad:environment`. Only the
account that pays may have one ("Getting started with AWS Cost Anomaly Detection"), and it sees nothing until the tag is
activated there. CloudFormation replaces both resources when their tags change.
"""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import aws_ce as ce
from constructs import Construct

from launchpad.settings import AnomalySettings
from stacks.constructs.spending_budget import TAG


def anomaly_detection(
    scope: Construct, *, settings: AnomalySettings, environment: str, topic_arn: str
) -> ce.CfnAnomalySubscription:
    """Create a monitor of the environment's tag, and a subscription that notifies `topic_arn` at once."""
    name = f"launchpad-{environment}"
    monitor = ce.CfnAnomalyMonitor(
        scope,
        "SpendMonitor",
        monitor_name=name,
        monitor_type="CUSTOM",
        monitor_specification=json.dumps({"Tags": {"Key": TAG, "Values": [environment], "MatchOptions": ["EQUALS"]}}),
    )
    return ce.CfnAnomalySubscription(
        scope,
        "SpendAnomalies",
        subscription_name=name,
        frequency="IMMEDIATE",  # the only frequency of SNS topics
        monitor_arn_list=[monitor.attr_monitor_arn],
        subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=topic_arn)],
        threshold_expression=json.dumps(_threshold(settings)),
    )


def _threshold(settings: AnomalySettings) -> dict[str, Any]:
    absolute = _at_least("ANOMALY_TOTAL_IMPACT_ABSOLUTE", settings.min_impact_usd)
    if settings.min_impact_percent is None:
        return absolute
    return {"And": [absolute, _at_least("ANOMALY_TOTAL_IMPACT_PERCENTAGE", settings.min_impact_percent)]}


def _at_least(dimension: str, least: int) -> dict[str, Any]:
    return {"Dimensions": {"Key": dimension, "MatchOptions": ["GREATER_THAN_OR_EQUAL"], "Values": [str(least)]}}
