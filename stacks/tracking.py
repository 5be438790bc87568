"""SageMaker's managed MLflow tracking server: runs, parameters and metrics in it, artefacts in the platform's bucket.

What surprises: there is no key to give it. SageMaker encrypts the server's own store with a key of its own; the
artefacts lie in the bucket of models under the environment's key. Whoever logs writes them there by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from launchpad.settings import EnvironmentSettings, TrackingSettings
from stacks.access import AccessStack
from stacks.constructs.platform_stack import PlatformStack
from stacks.constructs.storage import Storage
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
"""What a job does that tracks itself. It deletes nothing, and registers no model: that is the pipeline's."""


class TrackingStack(PlatformStack):
    """`uri` is the server's ARN, which MLflow's client takes as MLFLOW_TRACKING_URI."""

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
        rights = attach_default(role, self._show_artefacts(storage))
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
        server.node.add_dependency(rights)
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

    def _show_artefacts(self, storage: Storage) -> Iterator[Statement]:
        """The server itself reads and writes them."""
        yield from allow.read_objects(storage.model_arn, PREFIX)
        yield allow.write_objects(storage.model_arn, PREFIX)
        yield allow.use_key(storage.key_arn)
