"""Model package groups: a name under which versions of a model are registered."""

from __future__ import annotations

from local_aws.api.service import Scope
from local_aws.sagemaker.kinds import MODEL_PACKAGE_GROUP
from local_aws.sagemaker.resources import Request, Resources


class ModelPackageGroups(Resources):
    """The operations."""

    kind = MODEL_PACKAGE_GROUP
    order = "Ascending"

    def _details(self, scope: Scope, request: Request) -> Request:
        return {**super()._details(scope, request), "ModelPackageGroupStatus": "Completed", "CreatedBy": {}}
