"""What goes on and what it costs: the dashboard, the alarms, the messages about failures, the budget.

Endpoints bring their own alarms, in their own stacks, and send them to this stack's topic.
"""

from __future__ import annotations

from constructs import Construct

from launchpad.settings import EnvironmentSettings
from stacks.constructs.alert_topic import AlertTopic
from stacks.constructs.dashboard import Dashboard
from stacks.constructs.function_alarms import function_alarms
from stacks.constructs.job_events import JobEvents
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.spending_budget import spending_budget
from stacks.jobs import JobsStack
from stacks.storage import StorageStack


class ObservabilityStack(PlatformStack):
    """`alerts` is the topic that everything is told to."""

    def __init__(
        self, scope: Construct, settings: EnvironmentSettings, *, storage: StorageStack, jobs: JobsStack
    ) -> None:
        super().__init__(scope, settings, "observability", "Dashboard, alarms and budget")
        self.alerts = AlertTopic(self, "Alerts", key=storage.key, email=settings.alarms.email)
        topic_arn = self.alerts.topic.topic_arn
        alarms = [alarm for function in jobs.functions for alarm in function_alarms(self, function, topic_arn)]
        JobEvents(self, "JobEvents", key=storage.key, alerts=self.alerts)
        dashboard = Dashboard(self, "Overview", alarms=alarms).dashboard
        if settings.budget:
            budget = spending_budget(
                self, "Budget", settings=settings.budget, environment=settings.name, topic_arn=topic_arn
            )
            # AWS Budgets looks at once whether it may publish.
            budget.node.add_dependency(self.alerts.policy)
        self.output("AlertTopicArn", topic_arn, "Alarms, failures and the budget are told here")
        self.output("DashboardName", dashboard.ref, "CloudWatch dashboard of the environment")
