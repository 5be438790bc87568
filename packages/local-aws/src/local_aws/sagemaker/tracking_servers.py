"""SageMaker's MLflow tracking servers: their API. `mlflow/` runs the MLflow behind each.

Note: all run the same version of MLflow, whatever `MlflowVersion` says.
"""

from __future__ import annotations

import re
from typing import Any

from local_aws.api.errors import AwsError, validation_error
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.mlflow.links import Links
from local_aws.mlflow.servers import MlflowServers
from local_aws.sagemaker.mlflow_kinds import TRACKING_SERVER, check_artifact_store, mlflow_version, serves
from local_aws.sagemaker.resources import Resources

OFFERED = re.compile(r"(2\.13|2\.16|3\.0)\.[0-9]+")
"""The versions of tracking servers ("Integrate MLflow with your environment", Amazon SageMaker AI Developer Guide)."""
DEFAULTS = {"TrackingServerSize": "Small", "AutomaticModelRegistration": False}


class TrackingServers(Resources):
    """Note: the noun differs between operations and members: CreateMlflowTrackingServer has TrackingServerName."""

    kind = TRACKING_SERVER
    noun = "MlflowTrackingServer"

    def __init__(self, context: Context, servers: MlflowServers, links: Links) -> None:
        super().__init__(context)
        self._servers, self._links = servers, links

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            **super().operations(),
            f"Start{self.noun}": self.start,
            f"Stop{self.noun}": self.stop,
            f"CreatePresigned{self.noun}Url": self.presign,
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """CreateMlflowTrackingServer: created at once; on AWS it takes half an hour."""
        check_artifact_store(request["ArtifactStoreUri"])
        _check_version(request.get("MlflowVersion"))
        defaults = {**DEFAULTS, "MlflowVersion": mlflow_version()}
        status = {"TrackingServerStatus": "Created", "IsActive": "Active"}
        response = super().create(scope, {**defaults, **request, **status})
        record = self._get(scope, request)
        record.update(TrackingServerUrl=self._links.address(record))
        return response

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """UpdateMlflowTrackingServer: MLflow starts again if its artifacts go elsewhere."""
        check_artifact_store(request.get("ArtifactStoreUri"))
        response = super().update(scope, {**request, "TrackingServerStatus": "Updated"})
        if "ArtifactStoreUri" in request:
            self._servers.stop(self._get(scope, request))
        return response

    def delete(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteMlflowTrackingServer: responds with the ARN. Its runs go with it, its artifacts stay in S3."""
        record = self._get(scope, request)
        super().delete(scope, request)
        self._servers.delete(record)
        return {TRACKING_SERVER.arn_member: record.arn}

    def start(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """StartMlflowTrackingServer."""
        return self._turn(self._get(scope, request), "Started", "Active")

    def stop(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """StopMlflowTrackingServer: MLflow ends, its runs stay."""
        record = self._get(scope, request)
        response = self._turn(record, "Stopped", "Inactive")
        self._servers.stop(record)
        return response

    def presign(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreatePresignedMlflowTrackingServerUrl."""
        record = self._get(scope, request)
        if not serves(record):
            status = record.details["TrackingServerStatus"]
            raise AwsError("ConflictException", f"MLflow Tracking Server {record.arn} is {status}.")
        return {"AuthorizedUrl": self._links.create(record, request)}

    @staticmethod
    def _turn(record: Record, status: str, activity: str) -> dict[str, Any]:
        record.update(TrackingServerStatus=status, IsActive=activity)
        return {TRACKING_SERVER.arn_member: record.arn}


def _check_version(version: str | None) -> None:
    """Raise `AwsError` for a version that no tracking server has; AWS's words are not documented."""
    if version is not None and not OFFERED.fullmatch(version):
        raise validation_error(
            f"MlflowVersion {version} is not supported. Tracking servers have 2.13, 2.16 and 3.0 (as 2.16.2)."
        )
