"""The resources of all accounts and regions, in memory, and in a state file if the server keeps one.

One lock suffices: records are small, and changes are brief.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope

KINDS: dict[str, Kind] = {}
"""Every kind by its name, as the state file names it."""


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
    any_case: bool = False
    """Whether names that differ only in case are the same name to Create."""

    def __post_init__(self) -> None:
        KINDS[self.name] = self

    @property
    def name_member(self) -> str:
        """ "TrainingJobName" and the like."""
        return f"{self.member}Name"

    @property
    def arn_member(self) -> str:
        """ "TrainingJobArn" and the like."""
        return f"{self.member}Arn"


class Rows(Protocol):
    """Where records are kept between runs (`files.state_file`)."""

    def rows(self, room: str) -> dict[str, str]:
        """All rows of a room by key, oldest first."""

    def write(self, room: str, changes: Mapping[str, str | None]) -> object:
        """Set rows, or remove those of value None."""


ROOM, NUMBERS = "sagemaker", "numbers"
"""The rooms of the state file: of all records, and of the last numbers that were given."""


@dataclass(slots=True)
class Record:
    """One resource. `details` is Describe's response, by the API's member names.

    Assign new `details` and `tags`, never change them in place: an assignment is kept in the state file.
    """

    kind: Kind
    scope: Scope
    name: str
    details: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    on_change: Callable[[Record], None] | None = field(default=None, repr=False, compare=False)
    """Called after each change, once the record is in a store."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name in ("details", "tags") and (changed := getattr(self, "on_change", None)):
            changed(self)

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
    """All records. Thread-safe. With ``rows`` they outlive the server, see `restore`."""

    def __init__(self, rows: Rows | None = None) -> None:
        self.lock = threading.RLock()
        self._records: dict[tuple[Scope, str], dict[str, Record]] = {}
        self._numbers: dict[str, int] = {}
        self._rows = rows

    def restore(self) -> None:
        """Read the records of the last run; call it once all modules with kinds are imported."""
        for key, value in self._read(ROOM).items():
            account, region, kind, name = json.loads(key)
            record = Record(KINDS[kind], Scope(account, region), name, **json.loads(value))
            self._records.setdefault((record.scope, kind), {})[name] = record
            record.on_change = self._keep
        self._numbers = {key: int(value) for key, value in self._read(NUMBERS).items()}

    def next_number(self, name: str) -> int:
        """1, 2 and so on for each ``name``: never the same number twice, also after a restart."""
        with self.lock:
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
            self._write(NUMBERS, {name: str(number)})
            return number

    def every(self, kind: Kind) -> list[Record]:
        """Every resource of a kind, in all accounts and regions."""
        with self.lock:
            return [record for (_, name), own in self._records.items() if name == kind.name for record in own.values()]

    def create(self, kind: Kind, scope: Scope, name: str, details: dict[str, Any], tags: Iterable[Any] = ()) -> Record:
        """Add a resource with its name, ARN and times; raises the kind's error if the name is in use."""
        arn = scope.arn("sagemaker", f"{kind.arn_type}/{name}")
        now = time.time()
        own = {kind.name_member: name, kind.arn_member: arn, "CreationTime": now, "LastModifiedTime": now}
        record = Record(kind, scope, name, {**own, **details}, {tag["Key"]: tag["Value"] for tag in tags})
        with self.lock:
            records = self._records.setdefault((scope, kind.name), {})
            taken = {other.lower() for other in records} if kind.any_case else records
            if (name.lower() if kind.any_case else name) in taken:
                raise kind.exists(kind, arn)
            records[name] = record
            record.on_change = self._keep
            self._keep(record)
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

    def by_arn(self, scope: Scope, arn: str, *, any_case: bool = False) -> Record | None:
        """The resource of any kind that has this ARN, or None."""
        with self.lock:
            owned = (
                record for (owner, _), records in self._records.items() if owner == scope for record in records.values()
            )
            if any_case:
                return next((record for record in owned if record.arn.lower() == arn.lower()), None)
            return next((record for record in owned if record.arn == arn), None)

    def tag_keys(self, account: str) -> set[str]:
        """The keys of all tags of an account's resources, in every region."""
        with self.lock:
            return {
                key
                for (scope, _), records in self._records.items()
                if scope.account == account
                for record in records.values()
                for key in record.tags
            }

    def remove(self, record: Record) -> None:
        """Remove a resource, but not a newer one of the same name."""
        with self.lock:
            records = self._records.get((record.scope, record.kind.name), {})
            if records.get(record.name) is record:
                del records[record.name]
                record.on_change = None
                self._write(ROOM, {_key(record): None})

    def _keep(self, record: Record) -> None:
        with self.lock:  # so that the last write has the last change, and none comes after the removal
            if self._records.get((record.scope, record.kind.name), {}).get(record.name) is record:
                self._write(ROOM, {_key(record): json.dumps({"details": record.details, "tags": record.tags})})

    def _read(self, room: str) -> dict[str, str]:
        return self._rows.rows(room) if self._rows else {}

    def _write(self, room: str, changes: Mapping[str, str | None]) -> None:
        if self._rows:
            self._rows.write(room, changes)


def _key(record: Record) -> str:
    return json.dumps([record.scope.account, record.scope.region, record.kind.name, record.name])
