"""The pipeline: one Step Functions state machine for all workloads, with its schedules and its rule for new data.

A workload adds a resource only if it has a `pipeline.schedule`. New data in S3 starts the pipeline through one rule for
all workloads; the bucket sends its events to EventBridge, without a function in between.
"""

from __future__ import annotations

import json

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import JobFunction
from stacks.constructs.log_group import log_group
from stacks.constructs.pipeline_definition import pipeline_definition
from stacks.jobs import JobsStack
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.pipeline_permissions import allow_execution
from stacks.permissions.policies import statement
from stacks.permissions.principals import of_this_account

CAPACITY_RETRIES = 3


class PipelineStack(PlatformStack):
    """The state machine, its function, its schedules and its rule."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        access: AccessStack,
        jobs: JobsStack,
        catalogue: Catalogue,
        code: FunctionCode,
    ) -> None:
        super().__init__(scope, settings, "pipeline", "Prepares, trains, judges, registers and deploys models")
        steps = JobFunction(
            self,
            "Steps",
            code=code,
            module="pipeline",
            description="The pipeline's steps that are no job",
            role=access.pipeline_role,
            key=storage.key,
            environment={**jobs.function_environment, "CAPACITY_RETRIES": str(CAPACITY_RETRIES)},
        )
        self.functions = (steps,)
        self.state_machine = self._state_machine(storage, access, jobs, steps)
        self._schedules(catalogue)
        self._new_data_rule(storage, catalogue)
        self.output("StateMachineArn", self.state_machine.attr_arn, "Runs workloads' pipelines")

    def _state_machine(
        self, storage: Storage, access: AccessStack, jobs: JobsStack, steps: JobFunction
    ) -> stepfunctions.CfnStateMachine:
        own, deploy = steps.arn, jobs.deploy.arn
        role = access.state_machine_role
        permissions = allow_execution(self, role, [own, deploy], access, storage.key_arn)
        group = log_group(self, self, "Logs", key_arn=storage.key_arn)
        machine = stepfunctions.CfnStateMachine(
            self,
            "StateMachine",
            role_arn=role.role_arn,
            definition_string=self.to_json_string(pipeline_definition(own, deploy, self.partition_name)),
            logging_configuration=stepfunctions.CfnStateMachine.LoggingConfigurationProperty(
                level="ALL",
                include_execution_data=False,
                destinations=[
                    stepfunctions.CfnStateMachine.LogDestinationProperty(
                        cloud_watch_logs_log_group=stepfunctions.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                            log_group_arn=group.attr_arn
                        )
                    )
                ],
            ),
            encryption_configuration=stepfunctions.CfnStateMachine.EncryptionConfigurationProperty(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=storage.key_arn, kms_data_key_reuse_period_seconds=300
            ),
            tracing_configuration=stepfunctions.CfnStateMachine.TracingConfigurationProperty(enabled=True),
        )
        machine.node.add_dependency(permissions)
        return machine

    def _schedules(self, catalogue: Catalogue) -> None:
        scheduled = {
            name: definition["pipeline"]["schedule"]
            for name, definition in sorted(catalogue.workloads.items())
            if definition["pipeline"]["schedule"]
        }
        if not scheduled:
            return
        role = self._starter("ScheduleRole", "scheduler.amazonaws.com")
        for name, expression in scheduled.items():
            scheduler.CfnSchedule(
                self,
                f"Schedule-{name}",
                description=f"Runs the pipeline of {name}",
                schedule_expression=expression,
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=self.state_machine.attr_arn, role_arn=role.role_arn, input=json.dumps({"workload": name})
                ),
            )

    def _new_data_rule(self, storage: Storage, catalogue: Catalogue) -> None:
        prefixes = sorted(
            definition["pipeline"]["on_new_data"]
            for definition in catalogue.workloads.values()
            if definition["pipeline"]["on_new_data"]
        )
        if not prefixes:
            return
        role = self._starter("NewDataRole", "events.amazonaws.com")
        events.CfnRule(
            self,
            "NewData",
            description="Runs a workload's pipeline when its data arrives",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [storage.data_bucket]},
                    "object": {"key": [{"prefix": f"{prefix}/"} for prefix in prefixes]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(id="pipeline", arn=self.state_machine.attr_arn, role_arn=role.role_arn)
            ],
        )

    def _starter(self, name: str, service: str) -> iam.Role:
        role = iam.Role(self, name, assumed_by=of_this_account(service), description="Starts the pipeline")
        attach_default(role, [statement(["states:StartExecution"], [self.state_machine.attr_arn])])
        return role
