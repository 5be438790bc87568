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
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.requests.monitoring_alarms import NAMESPACE
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.alert_topic import AlertTopic
from stacks.constructs.function_calls import call_for_events, schedule, schedule_role
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import function_with_role
from stacks.constructs.settled_endpoints import endpoints_in_service
from stacks.permissions.monitoring_permissions import monitor_models

EVERY_HOUR = "rate(1 hour)"
HEARTBEAT = json.dumps({"heartbeat": True})
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
        self._call(  # without a first value, a new endpoint's alarm for late reports would be raised at once
            "InService",
            "Begins to count the hours without a report",
            endpoints_in_service(scope.settings.name),
            {},
            HEARTBEAT,
        )
        self._call(
            "Alarms",
            "Reacts to alarms of monitoring",
            self._alarms(),
            {"detail": "$.detail", "time": "$.time"},
            '{"alarm": <detail>, "time": <time>}',
        )

    def _schedules(self, catalogue: Catalogue) -> None:
        role = schedule_role(self, "Calls the function that monitors models", self.function.arn)
        for name, definition in sorted(catalogue.monitored.items()):
            event = {"workload": name, "by": "schedule", "time": SCHEDULED_TIME}
            expression = definition["monitoring"]["schedule"]
            self._schedule(f"Schedule-{name}", f"Monitors the models of {name}", expression, event, role)
        self._schedule("Heartbeat", "Says how old the last reports are", EVERY_HOUR, {"heartbeat": True}, role)

    def _schedule(self, name: str, description: str, expression: str, event: Mapping[str, Any], role: iam.Role) -> None:
        text = json.dumps(event)
        schedule(self, name, description, expression, target_arn=self.function.arn, role=role, event=text)

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
        target: dict[str, Any] = {"input": template}
        if paths:
            target = {
                "input_transformer": events.CfnRule.InputTransformerProperty(
                    input_paths_map=dict(paths), input_template=template
                )
            }
        rule_target = events.CfnRule.TargetProperty(id="monitor", arn=self.function.arn, **target)
        call_for_events(self, name, description, pattern, rule_target, permission=f"{name}Invoke")


_JOB = "$.detail.ProcessingJobName"
