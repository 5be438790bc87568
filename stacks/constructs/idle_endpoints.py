"""The function that removes endpoints that are not used, its hourly schedule, and its role.

It finds them by the records of the deploy function, so no endpoint of a stack is in its reach, and brings back what it
closed through that function: it can create nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constructs import Construct

from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.alert_topic import AlertTopic
from stacks.constructs.function_calls import schedule, schedule_role
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import JobFunction, function_with_role
from stacks.permissions import statements as allow
from stacks.permissions.policies import Statement, statement

EVERY_HOUR = "cron(0 * * * ? *)"
"""Every full hour, so that opening hours begin on time."""


class IdleEndpoints(Construct):
    """Removes idle and closed endpoints of an environment where models are tried out."""

    def __init__(
        self,
        scope: PlatformStack,
        name: str,
        *,
        code: FunctionCode,
        storage: Storage,
        alerts: AlertTopic,
        deploy: JobFunction,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self._stack = scope
        self.function = function_with_role(
            self,
            scope,
            "Idle",
            "The function that removes idle endpoints",
            self._permissions(storage, alerts, deploy),
            code=code,
            module="idle",
            description="Removes endpoints that are not used",
            key=storage.key,
            environment={
                **variables,
                "IDLE_ENDPOINT_HOURS": str(scope.settings.removes_idle_endpoints_after),
                "ALERT_TOPIC": alerts.topic_arn,
                "DEPLOY_FUNCTION": deploy.function_name,
            },
        )
        self._call_every_hour()

    def _permissions(self, storage: Storage, alerts: AlertTopic, deploy: JobFunction) -> Iterator[Statement]:
        stack, environment = self._stack, self._stack.settings.name
        yield from allow.read_objects(storage.model_arn, "*/history/")
        yield statement(["s3:PutObject"], [f"{storage.model_arn}/*/history/*"])
        yield from alerts.publish()
        endpoints = allow.sagemaker_arns(stack, environment, "endpoint")
        yield statement(
            ["sagemaker:AddTags", "sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint", "sagemaker:ListTags"],
            endpoints,
        )
        yield statement(["lambda:InvokeFunction"], [deploy.arn])
        # GetMetricData takes no resources: `*` is the finest that AWS offers.
        yield statement(["cloudwatch:GetMetricData"], ["*"])
        yield from allow.remove_scaling_and_alarms(stack, environment)

    def _call_every_hour(self) -> None:
        target = self.function.arn
        role = schedule_role(self, "Calls the function for idle endpoints", target)
        description = f"Removes the {self._stack.settings.name} environment's idle endpoints"
        schedule(self, "EveryHour", description, EVERY_HOUR, target_arn=target, role=role, event="{}")
