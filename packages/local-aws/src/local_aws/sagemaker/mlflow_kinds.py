"""The two kinds of resources behind which MLflow runs, and what they share.

Note: an MLflow App is found by its ARN, whose id AWS generates. Its name is a member like any other.
"""

from __future__ import annotations

import re
from functools import cache

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.store import Kind, Record
from local_aws.mlflow.program import REQUIREMENTS

TRACKING_SERVER = Kind(
    name="MLflow tracking server",
    member="TrackingServer",
    arn_type="mlflow-tracking-server",
    missing=lambda _kind, arn: AwsError("ResourceNotFound", f"MLflow Tracking Server {arn} does not exist."),
    exists=lambda _kind, arn: AwsError("ConflictException", f"MLflow Tracking Server {arn} already exists."),
)
MLFLOW_APP = Kind(
    name="MLflow App",
    member="",
    arn_type="mlflow-app",
    missing=lambda _kind, arn: AwsError("ResourceNotFound", f"MLflow App {arn} does not exist."),
    exists=lambda _kind, arn: AwsError("ConflictException", f"MLflow App {arn} already exists."),
)
SERVING = frozenset({"Created", "Updated", "Started", "MaintenanceComplete"})
"""The statuses in which MLflow answers."""
_S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")


def serves(record: Record) -> bool:
    """Whether MLflow answers behind this resource."""
    details = record.details
    status = details.get(f"{record.kind.member}Status")
    return status in SERVING and details.get("IsActive", "Active") == "Active"


def check_artifact_store(uri: str | None) -> None:
    """Raise `AwsError` for a location that is no bucket, or a prefix in one; AWS's words are not documented."""
    if uri is not None and not _S3_URI.fullmatch(uri):
        raise validation_error(
            f"ArtifactStoreUri {uri} is not the URI of a general purpose S3 bucket: s3://BUCKET/PREFIX."
        )


@cache
def mlflow_version() -> str:
    """The version of MLflow that runs, whatever version a tracking server asks for."""
    return next(
        line.split()[0].removeprefix("mlflow==")
        for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()
        if line.startswith("mlflow==")
    )
