"""The pipeline: one Step Functions state machine for all workloads, with its schedules and its rule for new data.

A workload adds a resource only if it has a `pipeline.schedule`. New data in S3 starts the pipelines through one rule
and one collecting state machine for all workloads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.settings import EnvironmentSettings
from stacks.access import AccessStack
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.constructs.function_calls import schedule
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.job_function import JobFunction
from stacks.constructs.logged_state_machine import logged_state_machine
from stacks.constructs.new_data import NewData
from stacks.constructs.pipeline_definition import pipeline_definition
from stacks.jobs import JobsStack
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.pipeline_permissions import allow_execution
from stacks.permissions.policies import statement
from stacks.permissions.principals import of_this_account
from stacks.permissions.promotion_permissions import version_readers

CAPACITY_RETRIES = 3


class PipelineStack(PlatformStack):
    """The state machine, its function, its schedules and its rule for new data."""

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
        readers: Sequence[EnvironmentSettings] = (),
    ) -> None:
        """`readers` are the environments in other accounts that describe the versions that are registered here."""
        super().__init__(scope, settings, "pipeline", "Prepares, trains, judges, registers and deploys models")
        steps = JobFunction(
            self,
            "Steps",
            code=code,
            module="pipeline",
            description="The pipeline's steps that are no job",
            role=access.pipeline_role,
            key=storage.key,
            environment={
                **jobs.function_environment,
                "CAPACITY_RETRIES": str(CAPACITY_RETRIES),
                **({"PACKAGE_READERS": json.dumps(version_readers(self, readers))} if readers else {}),
            },
        )
        self.functions = (steps,)
        self.state_machine = self._state_machine(storage, access, jobs, steps, monitored=bool(catalogue.monitored))
        self._schedules(catalogue)
        self.gates = self._new_data(storage, access, catalogue, steps.arn)
        self.output("StateMachineArn", self.state_machine.attr_arn, "Runs workloads' pipelines")

    def _state_machine(
        self, storage: Storage, access: AccessStack, jobs: JobsStack, steps: JobFunction, *, monitored: bool
    ) -> stepfunctions.CfnStateMachine:
        own, deploy = steps.arn, jobs.deploy.arn
        role = access.state_machine_role
        permissions = allow_execution(self, role, [own, deploy], access, storage.key_arn, monitored=monitored)
        return logged_state_machine(
            self,
            self,
            "StateMachine",
            role=role,
            definition=pipeline_definition(own, deploy, self.partition_name),
            permissions=permissions,
            key_arn=storage.key_arn,
        )

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
            schedule(
                self,
                f"Schedule-{name}",
                f"Runs the pipeline of {name}",
                expression,
                target_arn=self.state_machine.attr_arn,
                role=role,
                event=json.dumps({"workload": name}),
            )

    def _new_data(
        self, storage: Storage, access: AccessStack, catalogue: Catalogue, function: str
    ) -> stepfunctions.CfnStateMachine | None:
        """The state machine that collects new data; None if no workload waits for any."""
        waiting = {definition["pipeline"]["on_new_data"] for definition in catalogue.workloads.values()}
        prefixes = sorted(waiting - {None})
        if not prefixes:
            return None
        new_data = NewData(
            self,
            "NewData",
            prefixes=prefixes,
            function=function,
            function_role=access.pipeline_role,
            pipeline=self.state_machine,
            storage=storage,
        )
        return new_data.gates

    def _starter(self, name: str, service: str) -> iam.Role:
        role = iam.Role(self, name, assumed_by=of_this_account(service), description="Starts the pipeline")
        attach_default(role, [statement(["states:StartExecution"], [self.state_machine.attr_arn])])
        return role
