"""The roles: what jobs, endpoints and functions may do, and nothing more.

A function's rights to its own log group and queue are granted in the jobs stack, where those are made.
"""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.settings import EnvironmentSettings
from stacks.constructs.function_rights import FunctionRights
from stacks.constructs.job_network import JobNetwork
from stacks.constructs.job_rights import JobRights
from stacks.constructs.notebook_rights import notebook_rights
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.policies import Statement
from stacks.constructs.principals import of_any_account, of_this_account
from stacks.constructs.role import Role, grant
from stacks.constructs.studio_rights import studio_rights
from stacks.storage import StorageStack

SAGEMAKER = "sagemaker.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"
STATES = "states.amazonaws.com"


class AccessStack(PlatformStack):
    """One role per purpose. The state machine's rights are attached in the pipeline stack: it knows the functions."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: StorageStack,
        network: JobNetwork,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(scope, settings, "access", "Roles of jobs, endpoints and functions")
        jobs = JobRights(self, storage=storage, network=network, catalogue=catalogue)
        self.training_role = self._role("TrainingRole", SAGEMAKER, "Training jobs", jobs.training())
        self.processing_role = self._role(
            "ProcessingRole", SAGEMAKER, "Processing and transform jobs", jobs.processing()
        )
        self.serving_role = self._role("ServingRole", SAGEMAKER, "Endpoints", jobs.serving())
        functions = FunctionRights(self, storage=storage, roles=self)
        self.launch_role = self._role("LaunchRole", LAMBDA, "The launch function", functions.launch())
        self.deploy_role = self._role("DeployRole", LAMBDA, "The deploy function", functions.deploy())
        self.pipeline_role = self._role("PipelineRole", LAMBDA, "The pipeline's own function", functions.pipeline())
        self.state_machine_role = self._role("StateMachineRole", STATES, "The pipeline's state machine")
        self.output("TrainingRoleArn", self.training_role.role_arn, "Execution role of training jobs")
        self.output(
            "ProcessingRoleArn", self.processing_role.role_arn, "Execution role of processing and transform jobs"
        )
        self.output("ServingRoleArn", self.serving_role.role_arn, "Execution role of endpoints")

    def add_notebook_role(self, storage: StorageStack) -> Role:
        """The role of notebook instances, in an environment that has some."""
        return self._role("NotebookRole", SAGEMAKER, "Notebook instances", notebook_rights(self, storage))

    def add_studio_role(self, storage: StorageStack, network: JobNetwork) -> Role:
        """The role of SageMaker Studio's users, in an environment that has some."""
        role = Role(
            self,
            "StudioRole",
            description="Users of SageMaker Studio",
            assumed_by=of_this_account(SAGEMAKER),
            # They share the role, so that a session carries the user's name, for CloudTrail to tell.
            actions=["sts:AssumeRole", "sts:SetSourceIdentity"],
        )
        grant(role, studio_rights(self, storage, network))
        return role

    def _role(self, name: str, service: str, description: str, policy: Iterable[Statement] | None = None) -> Role:
        # Lambda sends no such context.
        who = of_any_account(service) if service == LAMBDA else of_this_account(service)
        role = Role(self, name, description=description, assumed_by=who)
        if policy is not None:
            grant(role, policy)
        return role
