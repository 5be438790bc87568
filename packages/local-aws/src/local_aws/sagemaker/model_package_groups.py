"""Model package groups: a name under which versions of a model are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.sagemaker.kinds import MODEL_PACKAGE_GROUP

if TYPE_CHECKING:
    from local_aws.backend import Backend


class ModelPackageGroups:
    """The operations."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        store = self._backend.store
        kind, name = MODEL_PACKAGE_GROUP, "ModelPackageGroupName"
        return {
            "CreateModelPackageGroup": self.create,
            "DescribeModelPackageGroup": lambda scope, request: store.get(kind, scope, request[name]).details,
            "DeleteModelPackageGroup": lambda scope, request: store.remove(store.get(kind, scope, request[name])),
            "ListModelPackageGroups": list_operation(store, kind, "ListModelPackageGroups", order="Ascending"),
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name = request["ModelPackageGroupName"]
        members = {key: value for key, value in request.items() if key not in ("Tags", "ModelPackageGroupName")}
        details = {**members, "ModelPackageGroupStatus": "Completed", "CreatedBy": {}}
        record = self._backend.store.create(MODEL_PACKAGE_GROUP, scope, name, details, request.get("Tags", ()))
        return {"ModelPackageGroupArn": record.arn}
