"""The function that monitors models, the schedule of each monitored workload, its rules, and its role.

An environment without a monitored workload has nothing of it. The function can start monitoring jobs, and runs of the
pipeline where a workload says so; it can change no endpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.requests.monitoring_alarms import NAMESPACE
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.alert_topic import AlertTopic
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import function_with_role
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.monitoring_permissions import monitor_models
from stacks.permissions.policies import statement
from stacks.permissions.principals import of_this_account

EVERY_HOUR = "rate(1 hour)"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""What EventBridge Scheduler replaces by the moment of the schedule ("Adding context attributes", user guide)."""
ENDED = ["Completed", "Failed", "Stopped"]


class ModelMonitoring(Construct):
    """Starts monitoring jobs, publishes what they find, and reacts to their alarms."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        code: FunctionCode,
        storage: Storage,
        processing_role: iam.Role,
        alerts: AlertTopic,
        pipeline: stepfunctions.CfnStateMachine,
        catalogue: Catalogue,
        tracking_uri: str | None,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self._stack = scope
        self.function = function_with_role(
            self,
            scope,
            "Monitor",
            "The function that monitors models",
            monitor_models(
                scope,
                storage=storage,
                processing_role=processing_role,
                pipeline_arn=pipeline.attr_arn,
                workloads=catalogue.monitored,
                tracking_uri=tracking_uri,
            )
            + alerts.publish(),
            code=code,
            module="monitor",
            description="Monitors what models are asked",
            key=storage.key,
            environment={**variables, "ALERT_TOPIC": alerts.topic_arn, "STATE_MACHINE": pipeline.attr_arn},
        )
        self._schedules(catalogue)
        self._call("Ended", "Publishes what monitoring jobs found", self._ended(), {"job": _JOB}, '{"ended": <job>}')
        self._call(
            "Alarms",
            "Reacts to alarms of monitoring",
            self._alarms(),
            {"detail": "$.detail", "time": "$.time"},
            '{"alarm": <detail>, "time": <time>}',
        )

    def _schedules(self, catalogue: Catalogue) -> None:
        starter = of_this_account("scheduler.amazonaws.com")
        role = iam.Role(self, "ScheduleRole", assumed_by=starter, description="Calls the function that monitors models")
        attach_default(role, [statement(["lambda:InvokeFunction"], [self.function.arn])])
        for name, definition in sorted(catalogue.monitored.items()):
            event = {"workload": name, "by": "schedule", "time": SCHEDULED_TIME}
            expression = definition["monitoring"]["schedule"]
            self._schedule(f"Schedule-{name}", f"Monitors the models of {name}", expression, event, role)
        self._schedule("Heartbeat", "Says how old the last reports are", EVERY_HOUR, {"heartbeat": True}, role)

    def _schedule(self, name: str, description: str, expression: str, event: Mapping[str, Any], role: iam.Role) -> None:
        scheduler.CfnSchedule(
            self,
            name,
            description=description,
            schedule_expression=expression,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self.function.arn, role_arn=role.role_arn, input=json.dumps(event)
            ),
        )

    def _ended(self) -> dict[str, Any]:
        """The monitoring jobs of this environment that have ended, by what their names have in common."""
        name = [{"wildcard": f"{self._stack.settings.name}-*-monitor-*"}]
        return {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Processing Job State Change"],
            "detail": {"ProcessingJobName": name, "ProcessingJobStatus": ENDED},
        }

    def _alarms(self) -> dict[str, Any]:
        """The alarms on this environment's monitoring metrics; CloudFormation names those of pinned endpoints."""
        own = {"prefix": f"{self._stack.settings.name}-"}
        metric = {"namespace": [NAMESPACE], "dimensions": {"Endpoint": [own]}}
        return {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"state": {"value": ["ALARM"]}, "configuration": {"metrics": {"metricStat": {"metric": metric}}}},
        }

    def _call(
        self, name: str, description: str, pattern: Mapping[str, Any], paths: Mapping[str, str], template: str
    ) -> None:
        """Call the function for the events of a pattern."""
        transformer = events.CfnRule.InputTransformerProperty(input_paths_map=dict(paths), input_template=template)
        rule = events.CfnRule(
            self,
            name,
            description=description,
            event_pattern=dict(pattern),
            targets=[events.CfnRule.TargetProperty(id="monitor", arn=self.function.arn, input_transformer=transformer)],
        )
        lambda_.CfnPermission(
            self,
            f"{name}Invoke",
            action="lambda:InvokeFunction",
            function_name=self.function.arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )


_JOB = "$.detail.ProcessingJobName"
