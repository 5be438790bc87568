"""The tables of Application Auto Scaling, by account and region, and how records in them are found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope

Record = dict[str, Any]
Records = dict[Scope, list[Record]]
TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


@dataclass
class Registry:
    """What outlives the server. Members that AWS's model lacks, such as a target's `Cooldowns`, are not described."""

    targets: Records = field(default_factory=dict)
    policies: Records = field(default_factory=dict)
    actions: Records = field(default_factory=dict)
    activities: Records = field(default_factory=dict)

    def tables(self) -> dict[str, Records]:
        """See `api.tables`."""
        return {
            "targets": self.targets,
            "policies": self.policies,
            "actions": self.actions,
            "activities": self.activities,
        }

    def target(self, scope: Scope, request: Record) -> Record:
        """The target that a request names. Raises ObjectNotFoundException."""
        target = find(self.targets.get(scope, ()), request, TARGET)
        if target is None:
            described = ", ".join(f"{name}: {request.get(name)}" for name in TARGET)
            raise AwsError("ObjectNotFoundException", f"No scalable target registered for {described}")
        return target

    def policies_of(self, scope: Scope, target: Record) -> list[Record]:
        """The policies of a target."""
        return [policy for policy in self.policies.get(scope, ()) if same(policy, target, TARGET)]

    def of_endpoint(self, scope: Scope, name: str) -> list[Record]:
        """The targets that are variants of an endpoint."""
        prefix = f"endpoint/{name}/variant/"
        targets = self.targets.get(scope, ())
        return [
            target
            for target in targets
            if target["ServiceNamespace"] == "sagemaker" and target["ResourceId"].startswith(prefix)
        ]

    def every_target(self) -> Iterator[tuple[Scope, Record]]:
        """All targets of all scopes, for SageMaker's variants."""
        for scope, targets in list(self.targets.items()):
            for target in list(targets):
                if target["ServiceNamespace"] == "sagemaker":
                    yield scope, target


def same(record: Record, other: Record, members: Iterable[str]) -> bool:
    """Whether two records agree in the members."""
    return all(record.get(name) == other.get(name) for name in members)


def find(records: Iterable[Record], request: Record, key: Iterable[str]) -> Record | None:
    """The record that has a request's key."""
    members = tuple(key)
    return next((record for record in records if same(record, request, members)), None)


def remove(records: list[Record], request: Record, key: tuple[str, ...], kind: str, member: str) -> Record:
    """Remove and return the record that has a request's key. Raises ObjectNotFoundException."""
    record = find(records, request, key)
    if record is None:
        raise AwsError("ObjectNotFoundException", f"No {kind} found for {request[member]}")
    records.remove(record)
    return record
