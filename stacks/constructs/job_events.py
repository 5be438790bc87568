"""State changes of this environment's jobs and endpoints: each is logged and counted, and failures are reported.

SageMaker has no metric for them, but it sends an event for each change. A rule writes the events to a log group, and
metric filters count them: no function, no custom resource. Note: SageMaker may send an event more than once, so the
counts are close to the number of jobs, but not exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.constructs.alert_topic import AlertTopic
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.policies import document, statement
from stacks.permissions.principals import of_this_account


@dataclass(frozen=True)
class Kind:
    """One kind of job or endpoint, and the fields of its events."""

    metric: str
    """The metric's name, and the prefix of `Name` and `Status` in the event's detail."""
    detail_type: str
    failed: tuple[str, ...] = ("Failed",)


KINDS = (
    Kind("TrainingJob", "SageMaker Training Job State Change"),
    Kind("ProcessingJob", "SageMaker Processing Job State Change"),
    Kind("TransformJob", "SageMaker Transform Job State Change"),
    Kind("HyperParameterTuningJob", "SageMaker HyperParameter Tuning Job State Change"),
    # Events of endpoints write the states in capitals, unlike the API.
    Kind("Endpoint", "SageMaker Endpoint State Change", ("FAILED", "UPDATE_ROLLBACK_FAILED")),
)

NAMESPACE = "Launchpad"
"""The namespace of the metrics; a slash and the environment's name follow."""


class JobEvents(Construct):
    """The log of state changes, the metrics from it, and the message for each failure."""

    def __init__(self, scope: PlatformStack, name: str, *, key_arn: str, alerts: AlertTopic) -> None:
        super().__init__(scope, name)
        self._stack = scope
        self.environment = scope.settings.name
        self.log_group = logs.CfnLogGroup(
            self, "Log", kms_key_id=key_arn, retention_in_days=scope.settings.log_retention_days
        )
        self.log_group.apply_removal_policy(scope.data_removal)
        self._log()
        self._report_failures(alerts)
        for kind in KINDS:
            self._count(kind)

    def _log(self) -> None:
        policy = logs.CfnResourcePolicy(
            self,
            "LogPolicy",
            policy_name=f"launchpad-{self.environment}-job-events",  # CloudFormation generates none for this type
            policy_document=self._stack.to_json_string(self._rule_may_write()),
        )
        rule = events.CfnRule(
            self,
            "Changes",
            description=f"Keeps each state change of the {self.environment} environment's jobs and endpoints",
            event_pattern=self._pattern([{f"{kind.metric}Name": self._own()} for kind in KINDS]),
            targets=[events.CfnRule.TargetProperty(id="log", arn=self._group_arn())],
        )
        rule.add_resource_dependency(policy)

    def _report_failures(self, alerts: AlertTopic) -> None:
        role = iam.Role(
            self,
            "TellRole",
            description="EventBridge: tell failures to the alert topic",
            assumed_by=of_this_account("events.amazonaws.com"),
        )
        attach_default(role, alerts.publish())
        failures = [{f"{kind.metric}Name": self._own(), f"{kind.metric}Status": list(kind.failed)} for kind in KINDS]
        events.CfnRule(
            self,
            "Failures",
            description=f"Tells each failure of the {self.environment} environment's jobs and endpoints",
            event_pattern=self._pattern(failures),
            targets=[
                events.CfnRule.TargetProperty(
                    id="alerts", arn=alerts.topic_arn, role_arn=role.role_arn, input_transformer=_MESSAGE
                )
            ],
        )

    def _count(self, kind: Kind) -> None:
        state = f"$.detail.{kind.metric}Status"
        logs.CfnMetricFilter(
            self,
            f"{kind.metric}States",
            log_group_name=self.log_group.ref,
            filter_pattern=f'{{ {state} = "*" }}',
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=f"{NAMESPACE}/{self.environment}",
                    metric_name=kind.metric,
                    metric_value="1",
                    unit="Count",
                    dimensions=[logs.CfnMetricFilter.DimensionProperty(key="State", value=state)],
                )
            ],
        )

    def _own(self) -> list[dict[str, str]]:
        """Match this environment's names, which all begin with its own."""
        return [{"prefix": f"{self.environment}-"}]

    def _pattern(self, details: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "source": ["aws.sagemaker"],
            "detail-type": [kind.detail_type for kind in KINDS],
            "detail": {"$or": details},
        }

    def _group_arn(self) -> str:
        """Return the ARN without the `:*` for the group's streams, as EventBridge requires."""
        return self._stack.arn("logs", f"log-group:{self.log_group.ref}")

    def _rule_may_write(self) -> dict[str, Any]:
        writers = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
        write = statement(["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.attr_arn])
        return document([{"Effect": "Allow", "Principal": writers, **write}])


# Values of a JSON object, because EventBridge escapes quotes there, but not inside a text.
_MESSAGE = events.CfnRule.InputTransformerProperty(
    input_paths_map={"event": "$.detail-type", "failed": "$.resources", "reason": "$.detail.FailureReason"},
    input_template='{"failed": <failed>, "reason": <reason>, "event": <event>}',
)
