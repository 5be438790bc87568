"""The roles of jobs, endpoints and functions.

A function's permissions for its log group and queue are attached in the jobs stack, which creates those.
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.settings import EnvironmentSettings
from stacks.base.job_network import JobNetwork
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions.function_permissions import FunctionPermissions
from stacks.permissions.inline_policies import attach_default
from stacks.permissions.job_permissions import JobPermissions
from stacks.permissions.notebook_permissions import notebook_permissions
from stacks.permissions.policies import Statement
from stacks.permissions.principals import allow_session_actions, of_this_account
from stacks.permissions.studio_permissions import studio_permissions

SAGEMAKER = "sagemaker.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"
STATES = "states.amazonaws.com"


class AccessStack(PlatformStack):
    """One role per purpose. The pipeline stack, which has the functions, attaches the state machine's permissions."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: Storage,
        network: JobNetwork,
        catalogue: Catalogue,
        shares_models: bool = False,
    ) -> None:
        """`shares_models` says whether environments in other accounts read the model registry."""
        super().__init__(scope, settings, "access", "Roles of jobs, endpoints and functions")
        self._jobs = jobs = JobPermissions(self, storage=storage, network=network, catalogue=catalogue)
        self.training_role = self._role("TrainingRole", SAGEMAKER, "Training jobs", jobs.training())
        self.processing_role = self._role(
            "ProcessingRole", SAGEMAKER, "Processing and transform jobs", jobs.processing()
        )
        self.serving_role = self._role("ServingRole", SAGEMAKER, "Endpoints", jobs.serving())
        functions = FunctionPermissions(
            self,
            storage=storage,
            roles=self,
            served_repositories=jobs.repositories("serving"),
            monitored=bool(catalogue.monitored),
            shares_models=shares_models,
        )
        self.launch_role = self._role("LaunchRole", LAMBDA, "The launch function", functions.launch())
        self.deploy_role = self._role("DeployRole", LAMBDA, "The deploy function", functions.deploy())
        self.pipeline_role = self._role("PipelineRole", LAMBDA, "The pipeline's own function", functions.pipeline())
        self.state_machine_role = self._role("StateMachineRole", STATES, "The pipeline's state machine")
        self.hand_over(self.training_role.role_name, self.serving_role.role_name, self.deploy_role.role_name)
        self.output("TrainingRoleArn", self.training_role.role_arn, "Execution role of training jobs")
        self.output(
            "ProcessingRoleArn", self.processing_role.role_arn, "Execution role of processing and transform jobs"
        )
        self.output("ServingRoleArn", self.serving_role.role_arn, "Execution role of endpoints")

    def add_notebook_role(self, storage: Storage) -> iam.Role:
        """Create the role of notebook instances, for an environment that has some."""
        statements = [*notebook_permissions(self, storage)]
        if any(notebook.docker for notebook in self.settings.notebooks):
            statements += self._jobs.pull_for_local_mode()
        return self._role("NotebookRole", SAGEMAKER, "Notebook instances", statements)

    def add_studio_role(self, storage: Storage, network: JobNetwork) -> iam.Role:
        """Create the role of SageMaker Studio's users, for an environment that has Studio."""
        role = self._role(
            "StudioRole", SAGEMAKER, "Users of SageMaker Studio", studio_permissions(self, storage, network)
        )
        # Users share the role: the source identity is how CloudTrail records which of them did something.
        allow_session_actions(role, of_this_account(SAGEMAKER), "sts:SetSourceIdentity")
        return role

    def _role(self, name: str, service: str, description: str, policy: Iterable[Statement] | None = None) -> iam.Role:
        # Lambda assumes a role without saying for which account: the trust policy can't ask for it.
        principal = iam.ServicePrincipal(service) if service == LAMBDA else of_this_account(service)
        role = iam.Role(self, name, description=description, assumed_by=principal)
        if policy is not None:
            attach_default(role, policy)
        return role
