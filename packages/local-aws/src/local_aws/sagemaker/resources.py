"""The operations that kinds of resources share: create, describe, update, delete and list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from local_aws.api.errors import AwsError
from local_aws.api.paging import list_operation
from local_aws.api.service import Operation, Scope, service_model
from local_aws.api.store import Kind, Record
from local_aws.context import Context
from local_aws.sagemaker.events import publish_state_change

Request = dict[str, Any]


class Resources:
    """The operations of one kind, which is only stored; subclasses change what differs."""

    kind: ClassVar[Kind]
    noun: ClassVar[str] = ""
    """The operations' noun, if it is not the kind's."""
    plural: ClassVar[str] = ""
    """The noun of the List operation, if it is not the noun with an s."""
    sends_events: ClassVar[bool] = False
    """Whether EventBridge hears of each resource that is created, changed or deleted."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._noun = self.noun or self.kind.member
        self._listing = f"List{self.plural or self._noun + 's'}"
        self._listed = list_operation(context.store, self.kind, self._listing)

    def operations(self) -> dict[str, Operation]:
        """The operations, by AWS's names; the API may lack some, such as UpdateModel."""
        noun = self._noun
        shared: dict[str, Operation] = {
            f"Create{noun}": self.create,
            f"Describe{noun}": self.describe,
            f"Update{noun}": self.update,
            f"Delete{noun}": self.delete,
            self._listing: self.list,
        }
        known = service_model("sagemaker").operation_names
        return {name: run for name, run in shared.items() if name in known}

    def create(self, scope: Scope, request: Request) -> Request | None:
        """Create: responds with the ARN."""
        record = self._register(scope, request, self._details(scope, request))
        self._changed(record)
        return {self.kind.arn_member: record.arn}

    def describe(self, scope: Scope, request: Request) -> Request:
        """Describe."""
        return self._get(scope, request).details

    def update(self, scope: Scope, request: Request) -> Request | None:
        """Update: structures are merged, all other members replaced."""
        record = self._get(scope, request)
        self._check(request)
        changes = members_of(self.kind, request)
        for key, value in changes.items():
            if isinstance(value, dict):
                changes[key] = {**record.details.get(key, {}), **value}
        record.update(**changes)
        self._changed(record)
        return {self.kind.arn_member: record.arn}

    def delete(self, scope: Scope, request: Request) -> Request | None:
        """Delete: refused while the resource is in use."""
        record = self._get(scope, request)
        if users := sorted(self._users(record)):
            message = f"{self.kind.member} {record.arn} is in use by {', '.join(users)}."
            raise AwsError("ResourceInUse", message)
        self._context.store.remove(record)
        self._changed(record)
        return None

    def list(self, scope: Scope, request: Request) -> Request | None:
        """List."""
        return self._listed(scope, request)

    def recover(self) -> None:
        """Give the resources that the last server was changing a status that they can stay in."""

    def _changed(self, record: Record) -> None:
        if self.sends_events:
            publish_state_change(self._context, record)

    def _check(self, request: Request) -> None:
        """Refuse a request to create or update."""

    def _details(self, scope: Scope, request: Request) -> Request:
        """What Describe returns of a new resource: by default, every member of the request."""
        del scope
        self._check(request)
        return members_of(self.kind, request)

    def _users(self, record: Record) -> Iterable[str]:
        """The resources whose use prevents deletion."""
        del record
        return ()

    def _register(self, scope: Scope, request: Request, details: Request) -> Record:
        name, tags = request[self.kind.name_member], request.get("Tags", ())
        return self._context.store.create(self.kind, scope, name, details, tags)

    def _get(self, scope: Scope, request: Request) -> Record:
        return self._context.store.get(self.kind, scope, request[self.kind.name_member])


def members_of(kind: Kind, request: Request) -> Request:
    """The members of a request that Describe returns unchanged."""
    return {name: value for name, value in request.items() if name not in ("Tags", kind.name_member)}
