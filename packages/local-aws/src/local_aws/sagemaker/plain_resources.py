"""Kinds of resources that are only stored: a name, the request's members, and the resources that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope
from local_aws.api.store import Kind, Record
from local_aws.context import Context


class PlainResources:
    """The operations of one kind."""

    def __init__(
        self,
        context: Context,
        kind: Kind,
        plural: str,
        *,
        check: Callable[[dict[str, Any]], None] = lambda _request: None,
        users: Callable[[Record], Iterable[str]] = lambda _record: (),
    ) -> None:
        """``check`` refuses a request; ``users`` returns the resources whose use prevents deletion."""
        self._context, self._kind, self._plural = context, kind, plural
        self._check, self._users = check, users

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names."""
        noun = self._kind.member
        return {
            f"Create{noun}": self.create,
            f"Describe{noun}": lambda scope, request: self._get(scope, request).details,
            f"Update{noun}": self.update,
            f"Delete{noun}": self.delete,
            f"List{self._plural}": list_operation(self._context.store, self._kind, f"List{self._plural}"),
        }

    def create(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """Create: Describe returns every member of the request."""
        self._check(request)
        name = request[self._kind.name_member]
        details = {key: value for key, value in request.items() if key not in ("Tags", self._kind.name_member)}
        record = self._context.store.create(self._kind, scope, name, details, request.get("Tags", ()))
        return {self._kind.arn_member: record.arn}

    def update(self, scope: Scope, request: dict[str, Any]) -> dict[str, Any]:
        """Update: structures are merged, all other members replaced."""
        record = self._get(scope, request)
        self._check(request)
        changes = {key: value for key, value in request.items() if key != self._kind.name_member}
        for key, value in changes.items():
            if isinstance(value, dict):
                changes[key] = {**record.details.get(key, {}), **value}
        record.update(**changes)
        return {self._kind.arn_member: record.arn}

    def delete(self, scope: Scope, request: dict[str, Any]) -> None:
        """Delete: refused while the resource is in use."""
        record = self._get(scope, request)
        if users := sorted(self._users(record)):
            said = f"{self._kind.member} {record.arn} is in use by {', '.join(users)}."
            raise AwsError("ResourceInUse", said)
        self._context.store.remove(record)

    def _get(self, scope: Scope, request: dict[str, Any]) -> Record:
        return self._context.store.get(self._kind, scope, request[self._kind.name_member])
