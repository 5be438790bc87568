"""EMR Studios, without workspaces."""

from __future__ import annotations

import time
from typing import Any

from local_aws.api.service import Operation, Scope
from local_aws.context import Context
from local_aws.emr.errors import invalid_request, new_id


class Studios:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.kept: dict[tuple[Scope, str], dict[str, Any]] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "CreateStudio": self.create,
            "DescribeStudio": lambda scope, request: {"Studio": self.get(scope, request["StudioId"])},
            "UpdateStudio": self.update,
            "DeleteStudio": self.delete,
            "ListStudios": lambda scope, _request: {
                "Studios": [studio for (owner, _), studio in self.kept.items() if owner == scope]
            },
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """CreateStudio."""
        if request["AuthMode"] == "SSO" and "UserRole" not in request:
            raise invalid_request("A studio with AuthMode SSO needs UserRole.")
        if any(studio["Name"] == request["Name"] for (owner, _), studio in self.kept.items() if owner == scope):
            raise invalid_request(f"A studio with name {request['Name']} already exists.")
        identifier = new_id("es", 25)
        url = f"https://{identifier.lower()}.emrstudio-prod.{scope.region}.amazonaws.com"
        arn = scope.arn("elasticmapreduce", f"studio/{identifier}")
        own = {"StudioId": identifier, "StudioArn": arn, "Url": url, "CreationTime": time.time()}
        self.kept[scope, identifier] = {"Tags": [], **request, **own}
        return {"StudioId": identifier, "Url": url}

    def get(self, scope: Scope, identifier: str) -> dict[str, Any]:
        """The studio, or EMR's error."""
        if (scope, identifier) not in self.kept:
            raise invalid_request(f"Studio {identifier} does not exist.")
        return self.kept[scope, identifier]

    def find(self, scope: Scope, identifier: str) -> dict[str, Any] | None:
        """The studio, or None."""
        return self.kept.get((scope, identifier))

    def update(self, scope: Scope, request: dict[str, Any]) -> None:
        """UpdateStudio."""
        self.get(scope, request["StudioId"]).update(request)

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteStudio."""
        self.get(scope, request["StudioId"])
        del self.kept[scope, request["StudioId"]]
