"""SageMaker's MLflow tracking servers, in the API only: no MLflow runs behind them.

A program that gets a server's ARN can't log to it here; without one, MLflow writes to files.
"""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Kind
from local_aws.sagemaker.resources import Resources

TRACKING_SERVER = Kind(
    name="MLflow tracking server",
    member="TrackingServer",
    arn_type="mlflow-tracking-server",
    missing=lambda _kind, arn: AwsError("ResourceNotFound", f"MLflow Tracking Server {arn} does not exist."),
    exists=lambda _kind, arn: AwsError("ConflictException", f"MLflow Tracking Server {arn} already exists."),
)
DEFAULTS = {"TrackingServerSize": "Small", "AutomaticModelRegistration": False}


class TrackingServers(Resources):
    """Note: the noun differs between operations and members: CreateMlflowTrackingServer has TrackingServerName."""

    kind = TRACKING_SERVER
    noun = "MlflowTrackingServer"

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        start, stop = self._turn("Started", "Active"), self._turn("Stopped", "Inactive")
        return {**super().operations(), f"Start{self.noun}": start, f"Stop{self.noun}": stop}

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """CreateMlflowTrackingServer: created at once; on AWS it takes half an hour."""
        return super().create(scope, {**DEFAULTS, **request, "TrackingServerStatus": "Created", "IsActive": "Active"})

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
        """UpdateMlflowTrackingServer."""
        return super().update(scope, {**request, "TrackingServerStatus": "Updated"})

    def delete(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteMlflowTrackingServer: responds with the ARN."""
        arn = self._get(scope, request).arn
        super().delete(scope, request)
        return {TRACKING_SERVER.arn_member: arn}

    def _turn(self, status: str, activity: str) -> Operation:
        def run(scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
            record = self._get(scope, request)
            record.update(TrackingServerStatus=status, IsActive=activity)
            return {TRACKING_SERVER.arn_member: record.arn}

        return run
