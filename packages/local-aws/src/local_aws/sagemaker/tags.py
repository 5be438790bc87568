"""Tags of every kind of resource, by ARN."""

from __future__ import annotations

from typing import Any

from local_aws.api.errors import validation_error
from local_aws.api.paging import offset
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Record
from local_aws.context import Context

MAX_TAGS = 50
PAGE = 100


class Tags:
    """The operations."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        return {"AddTags": self.add, "ListTags": self.list, "DeleteTags": self.delete}

    def recover(self) -> None:
        """Nothing: a tag has no status."""

    def add(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """AddTags: returns all tags of the resource."""
        record = self._get(scope, request)
        tags = {**record.tags, **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
        if len(tags) > MAX_TAGS:
            raise validation_error(f"A resource can have at most {MAX_TAGS} tags.")
        record.tags = tags
        return {"Tags": _listed(tags)}

    def list(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """ListTags: the token is the number of tags already returned."""
        tags = _listed(self._get(scope, request).tags)
        unknown = validation_error("The token in the request is not valid: use one that ListTags gave.")
        start = offset(request.get("NextToken"), unknown)
        end = start + int(request.get("MaxResults", PAGE))
        response = {"Tags": tags[start:end]}
        return {**response, "NextToken": str(end)} if end < len(tags) else response

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """DeleteTags: a missing key is not an error."""
        record = self._get(scope, request)
        record.tags = {key: value for key, value in record.tags.items() if key not in request["TagKeys"]}

    def _get(self, scope: Scope, request: dict[str, Any]) -> Record:
        arn = request["ResourceArn"]
        record = self._context.store.by_arn(scope, arn)
        if record is None:
            raise validation_error(f"Could not find resource {arn}.")
        return record


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
