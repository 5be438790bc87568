"""Where runs are tracked: SageMaker's serverless MLflow App, or a tracking server where the config asks for one.

Both keep runs and metrics; artifacts are in the model bucket, where MLflow's client writes them directly. Note:
CloudFormation takes no KMS key for either (CreateMlflowApp does): SageMaker encrypts their store with an AWS key; the
artifacts are encrypted with the environment's key.
"""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from launchpad.settings import EnvironmentSettings, TrackingSettings
from stacks.access import AccessStack
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.inline_policies import attach, attach_default
from stacks.permissions.policies import Statement
from stacks.permissions.principals import of_this_account
from stacks.permissions.tracking_permissions import create_runs, log_runs

PREFIX = "mlflow/"


class TrackingStack(PlatformStack):
    """The App or the server; `uri` is its ARN, which MLflow's client takes as MLFLOW_TRACKING_URI."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        tracking: TrackingSettings,
        *,
        storage: Storage,
        access: AccessStack,
    ) -> None:
        title = "MLflow tracking server" if tracking.is_server else "MLflow App"
        super().__init__(scope, settings, "tracking", title)
        self._artifact_store = f"s3://{storage.model_bucket}/{PREFIX.rstrip('/')}"
        self.uri = self._server(tracking, storage) if tracking.is_server else self._app(tracking, storage)
        artifacts = allow.write_objects(storage.model_arn, PREFIX)
        attach(self, "TrackTraining", access.training_role, [log_runs(settings, self.uri), artifacts])
        for name, role in {"TrackLaunches": access.launch_role, "TrackPipelines": access.pipeline_role}.items():
            attach(self, name, role, [create_runs(settings, self.uri)])
        self.output("TrackingServerArn" if tracking.is_server else "MlflowAppArn", self.uri, f"The {title}")

    def _app(self, tracking: TrackingSettings, storage: Storage) -> str:
        role, permissions = self._role("AppRole", "The MLflow App", storage)
        app = sagemaker.CfnMlflowApp(
            self,
            "App",
            name=self._unique_name(),
            artifact_store_uri=self._artifact_store,
            role_arn=role.role_arn,
            model_registration_mode="AutoModelRegistrationDisabled",
            weekly_maintenance_window_start=tracking.maintenance,
        )
        self._keep(app, permissions)
        return app.attr_arn

    def _unique_name(self) -> str:
        """A name with the stack's id: an App that an earlier stack left can't be imported, and keeps its name."""
        identifier = cdk.Fn.select(2, cdk.Fn.split("/", self.stack_id))
        return f"{self.settings.name}-tracking-{cdk.Fn.select(0, cdk.Fn.split('-', identifier))}"

    def _server(self, tracking: TrackingSettings, storage: Storage) -> str:
        role, permissions = self._role("ServerRole", "The MLflow tracking server", storage)
        server = sagemaker.CfnMlflowTrackingServer(
            self,
            "Server",
            tracking_server_name=f"{self.settings.name}-tracking",
            tracking_server_size=tracking.size or "Small",
            mlflow_version=tracking.mlflow_version,
            artifact_store_uri=self._artifact_store,
            role_arn=role.role_arn,
            automatic_model_registration=False,
            weekly_maintenance_window_start=tracking.maintenance,
        )
        self._keep(server, permissions)
        return server.attr_tracking_server_arn

    def _role(self, name: str, description: str, storage: Storage) -> tuple[iam.Role, iam.CfnPolicy]:
        role = iam.Role(self, name, description=description, assumed_by=of_this_account("sagemaker.amazonaws.com"))
        permissions = attach_default(role, _artifacts(storage))
        # What stays keeps its role: SageMaker can't change it (API reference, UpdateMlflowApp and ...TrackingServer).
        role.apply_removal_policy(self.data_removal)
        permissions.apply_removal_policy(self.data_removal)
        return role, permissions

    def _keep(self, tracked: cdk.CfnResource, permissions: iam.CfnPolicy) -> None:
        tracked.node.add_dependency(permissions)
        tracked.apply_removal_policy(self.data_removal)


def _artifacts(storage: Storage) -> Iterator[Statement]:
    """Let the App or server read and write artifacts."""
    yield from allow.read_objects(storage.model_arn, PREFIX)
    yield allow.write_objects(storage.model_arn, PREFIX)
    yield allow.use_key(storage.key_arn)
