"""SageMaker's serverless MLflow Apps: their API. `mlflow/` runs the MLflow behind each."""

from __future__ import annotations

import secrets
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context
from local_aws.mlflow.links import Links
from local_aws.mlflow.servers import MlflowServers
from local_aws.sagemaker.mlflow_kinds import MLFLOW_APP, check_artifact_store, mlflow_version, serves
from local_aws.sagemaker.resources import Request, Resources, members_of

ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""An id is `app-` and 12 of these: AWS documents no form, but all published ARNs are such."""
DEFAULTS = {
    "ModelRegistrationMode": "AutoModelRegistrationDisabled",
    "AccountDefaultStatus": "DISABLED",
    "DefaultDomainIdList": [],
}


class MlflowApps(Resources):
    """Created at once; on AWS it takes minutes."""

    kind = MLFLOW_APP
    noun = "MlflowApp"

    def __init__(self, context: Context, servers: MlflowServers, links: Links) -> None:
        super().__init__(context)
        self._servers, self._links = servers, links

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {**super().operations(), "CreatePresignedMlflowAppUrl": self.presign}

    def create(self, scope: Scope, request: Request) -> Request:
        """CreateMlflowApp."""
        check_artifact_store(request["ArtifactStoreUri"])
        self._refuse_name_in_use(scope, request["Name"])
        identifier = "app-" + "".join(secrets.choice(ID_LETTERS) for _ in range(12))
        details = {**DEFAULTS, **members_of(MLFLOW_APP, request), "Name": request["Name"]}
        details.update(Status="Created", MlflowVersion=mlflow_version())
        record = self._context.store.create(MLFLOW_APP, scope, identifier, details, request.get("Tags", ()))
        return {"Arn": record.arn}

    def update(self, scope: Scope, request: Request) -> Request:
        """UpdateMlflowApp: MLflow starts again if its artifacts go elsewhere."""
        record = self._get(scope, request)
        check_artifact_store(request.get("ArtifactStoreUri"))
        if request.get("Name", record.details["Name"]) != record.details["Name"]:
            self._refuse_name_in_use(scope, request["Name"])
        before = record.details["ArtifactStoreUri"]
        record.update(**{key: value for key, value in request.items() if key != "Arn"}, Status="Updated")
        if record.details["ArtifactStoreUri"] != before:
            self._servers.stop(record)
        return {"Arn": record.arn}

    def delete(self, scope: Scope, request: Request) -> Request:
        """DeleteMlflowApp: its runs go with it, its artifacts stay in S3."""
        record = self._get(scope, request)
        super().delete(scope, request)
        self._servers.delete(record)
        return {"Arn": record.arn}

    def presign(self, scope: Scope, request: Request) -> Request:
        """CreatePresignedMlflowAppUrl."""
        record = self._get(scope, request)
        if not serves(record):
            raise AwsError("ConflictException", f"MLflow App {record.arn} is {record.details['Status']}.")
        return {"AuthorizedUrl": self._links.create(record, request)}

    def _get(self, scope: Scope, request: Request) -> Record:
        record = self._context.store.by_arn(scope, request["Arn"])
        if record is None or record.kind is not MLFLOW_APP:
            raise MLFLOW_APP.missing(MLFLOW_APP, request["Arn"])
        return record

    def _refuse_name_in_use(self, scope: Scope, name: str) -> None:
        records: list[Any] = self._context.store.all(MLFLOW_APP, scope)
        if any(record.details["Name"] == name for record in records):
            raise AwsError("ConflictException", f"An MLflow App with the name {name} already exists.")
