"""Tags of scalable targets, by their ARN."""

from __future__ import annotations

from local_aws.api.errors import AwsError
from local_aws.api.service import Operation, Scope
from local_aws.application_autoscaling.registry import Record, Registry


class Tags:
    """The operations."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": lambda scope, request: {"Tags": self._by_arn(scope, request)["Tags"]},
        }

    def tag(self, scope: Scope, request: Record) -> None:
        """TagResource."""
        self._by_arn(scope, request)["Tags"].update(request["Tags"])

    def untag(self, scope: Scope, request: Record) -> None:
        """UntagResource."""
        tags = self._by_arn(scope, request)["Tags"]
        for key in request["TagKeys"]:
            tags.pop(key, None)

    def _by_arn(self, scope: Scope, request: Record) -> Record:
        for target in self._registry.targets.get(scope, ()):
            if target["ScalableTargetARN"] == request["ResourceARN"]:
                return target
        raise AwsError("ResourceNotFoundException", f"No scalable target found for {request['ResourceARN']}")
