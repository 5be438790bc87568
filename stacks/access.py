"""The roles: what jobs, endpoints and functions may do, and nothing more.

A function's rights to its own log group and queue are granted in the jobs stack, where those are made.
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from launchpad.catalogue import Catalogue
from launchpad.images import repository_arn
from launchpad.settings import EnvironmentSettings
from stacks.constructs import statements as allow
from stacks.constructs.job_network import JobNetwork
from stacks.constructs.platform_stack import PlatformStack
from stacks.storage import StorageStack


class AccessStack(PlatformStack):
    """One role per purpose."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        storage: StorageStack,
        network: JobNetwork | None,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(scope, settings, "access", "Roles of jobs, endpoints and functions")
        self.training_role = self._role(
            "TrainingRole",
            "sagemaker.amazonaws.com",
            "Training jobs: read data, write models",
            [
                *allow.read_objects(storage.data_bucket),
                *allow.read_objects(storage.model_bucket),
                allow.write_objects(storage.model_bucket, "*/jobs/", "*/checkpoints/"),
                allow.use_key(storage.key),
                *allow.attach_encrypted_volumes(storage.key),
                *(allow.join_network(network) if network else []),
                allow.write_sagemaker_logs(self, "TrainingJobs"),
                allow.put_sagemaker_metrics(),
                *allow.pull_images(self._repositories(catalogue, "training")),
            ],
        )
        self.serving_role = self._role(
            "ServingRole",
            "sagemaker.amazonaws.com",
            "Endpoints: read models",
            [
                *allow.read_objects(storage.model_bucket),
                allow.use_key(storage.key),
                *allow.attach_encrypted_volumes(storage.key),
                *(allow.join_network(network) if network else []),
                allow.write_sagemaker_logs(self, "Endpoints"),
                allow.put_sagemaker_metrics(),
                *allow.pull_images(self._repositories(catalogue, "serving")),
            ],
        )
        self.launch_role = self._role(
            "LaunchRole",
            "lambda.amazonaws.com",
            "The launch function: start training jobs",
            [
                *allow.read_objects(storage.data_bucket, "code/"),
                allow.write_objects(storage.data_bucket, "code/"),
                allow.use_key(storage.key),
                allow.pass_role(self.training_role),
                iam.PolicyStatement(
                    actions=["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:AddTags"],
                    resources=allow.sagemaker_arns(self, settings.name, "training-job"),
                ),
            ],
        )
        self.deploy_role = self._role(
            "DeployRole",
            "lambda.amazonaws.com",
            "The deploy function: serve what was trained",
            [
                *allow.read_objects(storage.model_bucket),
                allow.write_objects(storage.model_bucket, "*/models/"),
                allow.use_key(storage.key),
                *allow.attach_encrypted_volumes(storage.key),
                allow.pass_role(self.serving_role),
                iam.PolicyStatement(
                    actions=["sagemaker:DescribeTrainingJob"],
                    resources=allow.sagemaker_arns(self, settings.name, "training-job"),
                ),
                iam.PolicyStatement(
                    actions=[
                        "sagemaker:AddTags",
                        "sagemaker:CreateEndpoint",
                        "sagemaker:CreateEndpointConfig",
                        "sagemaker:CreateModel",
                        "sagemaker:DescribeEndpoint",
                        "sagemaker:UpdateEndpoint",
                    ],
                    resources=allow.sagemaker_arns(self, settings.name, "endpoint", "endpoint-config", "model"),
                ),
            ],
        )
        self.output("TrainingRoleArn", self.training_role.role_arn, "Execution role of training jobs")
        self.output("ServingRoleArn", self.serving_role.role_arn, "Execution role of endpoints")

    def _role(self, name: str, service: str, description: str, policy: Sequence[iam.PolicyStatement]) -> iam.Role:
        role = iam.Role(self, name, description=description, assumed_by=self._only_from_here(service))
        for statement in policy:
            role.add_to_policy(statement)
        return role

    def _only_from_here(self, service: str) -> iam.ServicePrincipal:
        """SageMaker assumes a role for this account only (no confused deputy). Lambda sends no such context."""
        if service != "sagemaker.amazonaws.com":
            return iam.ServicePrincipal(service)
        return iam.ServicePrincipal(service, conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}})

    def _repositories(self, catalogue: Catalogue, section: str) -> list[str]:
        """The ARNs of the repositories that the catalogue's images of one section come from."""
        images = {definition[section]["image"] for definition in catalogue.workloads.values() if definition[section]}
        return sorted({repository_arn(uri, self.partition) for uri in images})
