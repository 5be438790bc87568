"""The environment's MLflow: its ARN, and an address of its pages."""

from __future__ import annotations

from launchpad.config_files.yaml_source import problem_at
from launchpad.messages.errors import InvalidFileError, LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.platform import tracking_outputs

OUTPUTS = ("MlflowAppArn", "TrackingServerArn")
"""The outputs of the tracking stack: it has one of them."""
REMEDY = "write `tracking: {}` for the serverless MLflow App, then `launchpad deploy --env {name}`"
SESSION_SECONDS = 43_200
"""How long the pages stay open: the longest that SageMaker allows."""


def tracking_uri(connection: Connection) -> str:
    """The ARN of the MLflow App or tracking server, which MLflow's client takes as its tracking URI.

    Raises:
        InvalidFileError: the config has no section `tracking`.
        LaunchpadError: it was not deployed yet.
    """
    settings = connection.settings
    if settings.tracking is None:
        message = f"{settings.name} has no MLflow: {REMEDY.replace('{name}', settings.name)}"
        raise InvalidFileError([problem_at(settings.source, (), message)])
    outputs = tracking_outputs(connection)
    arn = next((outputs[name] for name in OUTPUTS if name in outputs), None)
    if arn is None:
        raise LaunchpadError(f"{settings.name} has no MLflow yet; run `launchpad deploy --env {settings.name}`")
    return arn


def presigned_url(connection: Connection) -> str:
    """An address of MLflow's pages that opens them once, with the caller's permissions.

    Raises:
        LaunchpadError: the environment has no MLflow.
    """
    arn = tracking_uri(connection)
    sagemaker = connection.client("sagemaker")
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "mlflow-app":
        response = sagemaker.create_presigned_mlflow_app_url(
            Arn=arn, SessionExpirationDurationInSeconds=SESSION_SECONDS
        )
    else:
        response = sagemaker.create_presigned_mlflow_tracking_server_url(
            TrackingServerName=name, SessionExpirationDurationInSeconds=SESSION_SECONDS
        )
    return str(response["AuthorizedUrl"])
