"""The resources of every account and region, in memory. One lock: a record is small, and each change is brief."""

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
    """A kind of resource, and where the API's members hold its parts."""

    name: str
    """As in AWS's messages: "training job"."""
    member: str
    """Prefix of its members: "TrainingJob" gives TrainingJobName, TrainingJobArn, TrainingJobStatus."""
    arn_type: str
    """As in its ARN: "training-job"."""
    missing: Callable[[Kind, str], AwsError]
    """AWS's error for one that does not exist, from the kind and the ARN."""
    exists: Callable[[Kind, str], AwsError]
    """AWS's error for a name that is taken."""

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
    """One resource. `details` is what Describe answers, by the API's own member names."""

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
        """Change members of `details`, and the time of the last change; a member set to None disappears."""
        with self._lock:
            changed = {**self.details, **members, "LastModifiedTime": time.time()}
            # One assignment: a reader in another thread sees the old answer or the new one, never half of each.
            self.details = {name: value for name, value in changed.items() if value is not None}


class Store:
    """All records. Safe for use from several threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._records: dict[tuple[Scope, str], dict[str, Record]] = {}

    def create(self, kind: Kind, scope: Scope, name: str, details: dict[str, Any], tags: Iterable[Any] = ()) -> Record:
        """Add a resource with its name, ARN and times; raises the kind's error when the name is taken."""
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
        """The resource, or the kind's error for a missing one."""
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
        """Forget a resource; a successor of the same name stays."""
        with self.lock:
            records = self._records.get((record.scope, record.kind.name), {})
            if records.get(record.name) is record:
                del records[record.name]
