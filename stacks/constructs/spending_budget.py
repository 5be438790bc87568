"""A monthly budget for the environment, with a notification at each threshold.

The filter is the tag `launchpad:environment`. A tag counts only from the day that it is activated as a cost allocation
tag, once for the organisation, in the billing console of the paying account; until then the budget stays at zero.
"""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from launchpad.settings import BudgetSettings

TAG = "launchpad:environment"


def spending_budget(
    scope: Construct, name: str, *, settings: BudgetSettings, environment: str, topic_arn: str
) -> budgets.CfnBudget:
    """Create a cost budget that notifies `topic_arn` at each threshold, and when the last one is forecast."""
    subscriber = budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic_arn)
    notices = [("ACTUAL", threshold) for threshold in settings.thresholds_percent]
    notices.append(("FORECASTED", settings.thresholds_percent[-1]))
    return budgets.CfnBudget(
        scope,
        name,
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=settings.monthly_usd, unit="USD"),
            # A customer's tag has the prefix `user:`; the value comes after the dollar sign.
            cost_filters={"TagKeyValue": [f"user:{TAG}${environment}"]},
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=threshold,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[subscriber],
            )
            for kind, threshold in notices
        ],
    )
