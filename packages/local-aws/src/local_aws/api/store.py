"""The resources of all accounts and regions, in memory. One lock suffices: records are small, and changes are brief."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resource, and the names of its members in the API."""

    name: str
    """The name in AWS's messages: "training job"."""
    member: str
    """Prefix of its members: "TrainingJob" gives TrainingJobName, TrainingJobArn, TrainingJobStatus."""
    arn_type: str
    """The type in its ARN: "training-job"."""
    missing: Callable[[Kind, str], AwsError]
    """AWS's error for a missing resource, from the kind and the ARN."""
    exists: Callable[[Kind, str], AwsError]
    """AWS's error for a name that is in use."""

    @property
    def name_member(self) -> str:
        """ "TrainingJobName" and the like."""
        return f"{self.member}Name"

    @property
    def arn_member(self) -> str:
        """ "TrainingJobArn" and the like."""
        return f"{self.member}Arn"


@dataclass(slots=True)
class Record:
    """One resource. `details` is Describe's response, by the API's member names."""

    kind: Kind
    scope: Scope
    name: str
    details: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def arn(self) -> str:
        """The resource's ARN."""
        return str(self.details[self.kind.arn_member])

    def update(self, **members: Any) -> None:
        """Change members of `details`, and the time of the last change; a value of None removes a member."""
        with self._lock:
            changed = {**self.details, **members, "LastModifiedTime": time.time()}
            # One assignment: a reader in another thread sees the old details or the new ones, never a mix of both.
            self.details = {name: value for name, value in changed.items() if value is not None}


class Store:
    """All records. Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._records: dict[tuple[Scope, str], dict[str, Record]] = {}

    def create(self, kind: Kind, scope: Scope, name: str, details: dict[str, Any], tags: Iterable[Any] = ()) -> Record:
        """Add a resource with its name, ARN and times; raises the kind's error if the name is in use."""
        arn = scope.arn("sagemaker", f"{kind.arn_type}/{name}")
        now = time.time()
        own = {kind.name_member: name, kind.arn_member: arn, "CreationTime": now, "LastModifiedTime": now}
        record = Record(kind, scope, name, {**own, **details}, {tag["Key"]: tag["Value"] for tag in tags})
        with self.lock:
            records = self._records.setdefault((scope, kind.name), {})
            if name in records:
                raise kind.exists(kind, arn)
            records[name] = record
        return record

    def get(self, kind: Kind, scope: Scope, name: str) -> Record:
        """The resource; raises the kind's error for a missing one."""
        record = self.find(kind, scope, name)
        if record is None:
            raise kind.missing(kind, scope.arn("sagemaker", f"{kind.arn_type}/{name}"))
        return record

    def find(self, kind: Kind, scope: Scope, name: str) -> Record | None:
        """The resource, or None."""
        with self.lock:
            return self._records.get((scope, kind.name), {}).get(name)

    def all(self, kind: Kind, scope: Scope) -> list[Record]:
        """Every resource of a kind, oldest first."""
        with self.lock:
            return list(self._records.get((scope, kind.name), {}).values())

    def by_arn(self, scope: Scope, arn: str) -> Record | None:
        """The resource of any kind that has this ARN, or None."""
        with self.lock:
            owned = (
                record for (owner, _), records in self._records.items() if owner == scope for record in records.values()
            )
            return next((record for record in owned if record.arn == arn), None)

    def remove(self, record: Record) -> None:
        """Remove a resource, but not a newer one of the same name."""
        with self.lock:
            records = self._records.get((record.scope, record.kind.name), {})
            if records.get(record.name) is record:
                del records[record.name]
