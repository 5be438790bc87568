"""Model package groups: a name under which versions of a model are registered."""

from __future__ import annotations

from typing import Any

from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.context import Context
from local_aws.sagemaker.kinds import MODEL_PACKAGE_GROUP


class ModelPackageGroups:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        store = self._context.store
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
        record = self._context.store.create(MODEL_PACKAGE_GROUP, scope, name, details, request.get("Tags", ()))
        return {"ModelPackageGroupArn": record.arn}
