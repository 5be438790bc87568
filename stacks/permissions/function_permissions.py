"""Permissions of the functions: launch and describe jobs, and pass the jobs' roles, in their environment only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from aws_cdk import aws_iam as iam

from launchpad.catalogue.working_copies import FOLDER as WORKING_COPIES
from launchpad.requests.shared_endpoints import FOLDER as SHARED
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.monitoring_permissions import make_baselines, write_settings
from stacks.permissions.policies import Statement, statement

CREATED_JOBS = {
    "training-job": "TrainingJob",
    "processing-job": "ProcessingJob",
    "hyper-parameter-tuning-job": "HyperParameterTuningJob",
    "transform-job": "TransformJob",
}
"""A resource type in SageMaker's ARNs, to the noun of its operations."""
SHARED_LOGS = ("NotebookInstances", "ProcessingJobs", "TrainingJobs", "TransformJobs", "studio")
"""SageMaker's log groups of a whole account and region, below `/aws/sagemaker/`; `SHARED` of `lambda/log_groups.py`."""


class JobRoles(Protocol):
    """The execution roles of jobs and endpoints."""

    training_role: iam.Role
    processing_role: iam.Role
    serving_role: iam.Role


class FunctionPermissions:
    """The statements of the functions' roles, one method per function."""

    def __init__(
        self,
        stack: PlatformStack,
        *,
        storage: Storage,
        roles: JobRoles,
        served_repositories: Sequence[str],
        monitored: bool,
        shares_models: bool = False,
    ) -> None:
        self._stack = stack
        self._storage = storage
        self._roles = roles
        self._served_repositories = served_repositories
        self._monitored = monitored
        self._shares_models = shares_models

    def launch(self) -> Iterator[Statement]:
        """Allow starting any job of a workload."""
        yield from self._publish_scripts()
        yield from self._bundle_models()
        yield self._record_jobs()
        # A resumed job begins with a copy of the earlier job's checkpoints; reading them is in `_bundle_models`.
        yield allow.write_objects(self._storage.model_arn, "*/checkpoints/")
        yield from self._protect_job_logs()
        yield allow.pass_role(self._roles.training_role)
        yield allow.pass_role(self._roles.processing_role)
        for kind, noun in CREATED_JOBS.items():
            yield self._on(kind, f"sagemaker:Create{noun}", f"sagemaker:Describe{noun}", "sagemaker:AddTags")
        yield self._on("model", "sagemaker:CreateModel", "sagemaker:AddTags")
        yield self._on("model-package", "sagemaker:DescribeModelPackage")
        if self._monitored:
            yield write_settings(self._storage)

    def deploy(self) -> Iterator[Statement]:
        """Allow deploying models to endpoints, and recording it."""
        yield from self._bundle_models()
        yield statement(["s3:PutObject"], [f"{self._storage.model_arn}/*/history/*"])
        yield from self._read_working_copies()
        yield from allow.attach_encrypted_volumes(self._storage.key_arn)
        yield allow.pass_role(self._roles.serving_role)
        yield allow.protect_log_groups(self._stack, f"Endpoints/{self._stack.settings.name}-*")
        yield self._on("training-job", "sagemaker:DescribeTrainingJob")
        yield self._on("model", "sagemaker:CreateModel", "sagemaker:AddTags")
        yield self._on("endpoint-config", "sagemaker:CreateEndpointConfig", "sagemaker:AddTags")
        for kind in ("endpoint", "endpoint-config"):  # CreateEndpoint and UpdateEndpoint check both
            yield self._on(kind, "sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint")
        yield self._on("endpoint", "sagemaker:AddTags", "sagemaker:DescribeEndpoint")
        # What is served now: its variants, and whether scaling is in the way of an update.
        yield self._on("endpoint-config", "sagemaker:DescribeEndpointConfig")
        if self._stack.settings.direct_deploy:
            yield from self._scale()

    def _scale(self) -> Iterator[Statement]:
        """Allow scaling endpoints, alarms on them, and the archives of shared ones."""
        environment = self._stack.settings.name
        # Application Auto Scaling changes the number of instances for its caller.
        yield self._on("endpoint", "sagemaker:UpdateEndpointWeightsAndCapacities")
        yield from allow.scale_endpoints(self._stack, environment)
        yield from allow.remove_scaling_and_alarms(self._stack, environment)
        yield allow.write_objects(self._storage.model_arn, f"{SHARED}/")

    def pipeline(self) -> Iterator[Statement]:
        """Allow rendering the requests of jobs, and evaluating and registering models."""
        yield from self._protect_job_logs()
        yield from self._publish_scripts()
        yield from self._bundle_models()
        yield self._record_jobs()
        yield allow.write_objects(self._storage.model_arn, "*/evaluations/")
        yield self._on("training-job", "sagemaker:DescribeTrainingJob")
        yield self._on(
            "model-package-group",
            "sagemaker:AddTags",
            "sagemaker:CreateModelPackage",
            "sagemaker:CreateModelPackageGroup",
        )
        yield self._on("model-package", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage")
        if self._shares_models:
            yield self._on("model-package-group", "sagemaker:PutModelPackageGroupPolicy")
        # CreateModelPackage may look at the image: AWS's AmazonSageMakerModelRegistryFullAccess has both actions.
        if self._served_repositories:
            yield statement(["ecr:BatchGetImage", "ecr:DescribeImages"], self._served_repositories)
        # ListModelPackages takes no resources: `*` is the finest that AWS offers.
        yield statement(["sagemaker:ListModelPackages"], ["*"])
        if self._monitored:
            yield from make_baselines(self._stack, self._storage, self._roles.processing_role)

    def _protect_job_logs(self) -> Iterator[Statement]:
        """The log groups that all of the account's jobs share, where they are this environment's."""
        if self._stack.settings.owns_job_logs:
            yield allow.protect_log_groups(self._stack, *(f"{name}:*" for name in SHARED_LOGS))

    def _read_working_copies(self) -> Iterator[Statement]:
        if self._stack.settings.takes_working_copies:
            yield from allow.read_objects(self._storage.data_arn, f"{WORKING_COPIES}/")

    def _publish_scripts(self) -> Iterator[Statement]:
        yield from self._read_working_copies()
        yield from allow.read_objects(self._storage.data_arn, "code/")
        yield allow.write_objects(self._storage.data_arn, "code/")
        yield allow.use_key(self._storage.key_arn)

    def _bundle_models(self) -> Iterator[Statement]:
        yield from allow.read_objects(self._storage.model_arn)
        yield allow.write_objects(self._storage.model_arn, "*/models/")
        yield allow.use_key(self._storage.key_arn)

    def _record_jobs(self) -> Statement:
        """Allow writing the records of jobs. The listing of their data is already in `_publish_scripts`."""
        return statement(["s3:PutObject"], [f"{self._storage.model_arn}/*/records/*"])

    def _on(self, kind: str, *actions: str) -> Statement:
        return statement(actions, allow.sagemaker_arns(self._stack, self._stack.settings.name, kind))
