"""SageMaker's managed MLflow tracking server: it stores runs and metrics; artifacts are in the model bucket.

Note: the server takes no KMS key. SageMaker encrypts its store with an AWS key; the artifacts are encrypted with the
environment's key. MLflow's client writes them to the bucket directly.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from launchpad.settings import EnvironmentSettings, TrackingSettings
from stacks.access import AccessStack
from stacks.base.platform_stack import PlatformStack
from stacks.base.storage import Storage
from stacks.permissions import statements as allow
from stacks.permissions.inline_policies import attach, attach_default
from stacks.permissions.policies import Statement, statement
from stacks.permissions.principals import of_this_account

PREFIX = "mlflow/"
LOG = (
    *("CreateExperiment", "GetExperiment", "GetExperimentByName", "SearchExperiments", "SetExperimentTag"),
    *("CreateRun", "GetRun", "SearchRuns", "UpdateRun", "SetTag"),
    *("LogBatch", "LogInputs", "LogMetric", "LogModel", "LogOutputs", "LogParam"),
    *("FinalizeLoggedModel", "GetLoggedModel", "LogLoggedModelParams", "SearchLoggedModels", "SetLoggedModelTags"),
    *("GetMetricHistory", "ListArtifacts", "ListLoggedModelArtifacts"),
)
"""What a job needs to track itself. It deletes nothing and registers no model: the pipeline does."""


class TrackingStack(PlatformStack):
    """The server; `uri` is its ARN, which MLflow's client takes as MLFLOW_TRACKING_URI."""

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        tracking: TrackingSettings,
        *,
        storage: Storage,
        access: AccessStack,
    ) -> None:
        super().__init__(scope, settings, "tracking", "MLflow tracking server")
        role = iam.Role(
            self,
            "ServerRole",
            description="The MLflow tracking server",
            assumed_by=of_this_account("sagemaker.amazonaws.com"),
        )
        permissions = attach_default(role, self._artifacts(storage))
        # A server that stays keeps its role: SageMaker can't change it (API reference, UpdateMlflowTrackingServer).
        role.apply_removal_policy(self.data_removal)
        permissions.apply_removal_policy(self.data_removal)
        server = sagemaker.CfnMlflowTrackingServer(
            self,
            "Server",
            tracking_server_name=f"{settings.name}-tracking",
            tracking_server_size=tracking.size,
            mlflow_version=tracking.mlflow_version,
            artifact_store_uri=f"s3://{storage.model_bucket}/{PREFIX.rstrip('/')}",
            role_arn=role.role_arn,
            automatic_model_registration=False,
            weekly_maintenance_window_start=tracking.maintenance,
        )
        server.node.add_dependency(permissions)
        server.apply_removal_policy(self.data_removal)
        self.uri = server.attr_tracking_server_arn
        attach(
            self,
            "TrackTraining",
            access.training_role,
            [
                statement([f"sagemaker-mlflow:{name}" for name in LOG], [self.uri]),
                allow.write_objects(storage.model_arn, PREFIX),
            ],
        )
        self.output("TrackingServerArn", self.uri, "The MLflow tracking server")

    def _artifacts(self, storage: Storage) -> Iterator[Statement]:
        """Let the server read and write artifacts."""
        yield from allow.read_objects(storage.model_arn, PREFIX)
        yield allow.write_objects(storage.model_arn, PREFIX)
        yield allow.use_key(storage.key_arn)
