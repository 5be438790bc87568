"""Finds the properties that CloudFormation can't change in place, from the resource schemas of cfn-lint.

Only the files of the requested types are read, and cfn-lint itself is never imported: that takes two seconds, and its
reader may prefer schemas in the user's cache, which would make the result depend on the machine.
The create-only properties of a type are the same in every region, so the first region that has the type is enough.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from template_diff.errors import TemplateError
from template_diff.references import Value

_ANY_ITEM = "*"
_DEFINITELY, _PERHAPS = "createOnlyProperties", "conditionalCreateOnlyProperties"
_EMR_GROUP = ("BidPrice", "Configurations", "CustomAmiId", "EbsConfiguration", "InstanceType", "Market", "Name")
_EMR_INSTANCES = (
    *("AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups", "Ec2KeyName", "Ec2SubnetId", "Ec2SubnetIds"),
    *("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "HadoopVersion", "KeepJobFlowAliveWhenNoSteps"),
    *("Placement", "ServiceAccessSecurityGroup"),
    *(f"{group}InstanceGroup/{name}" for group in ("Master", "Core") for name in _EMR_GROUP),
)
_EMR_FLEETS = ("MasterInstanceFleet", "CoreInstanceFleet", "TaskInstanceFleets", "TaskInstanceGroups")
_MISSING_FROM_SCHEMAS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # The schema lists no property under Instances; the template reference says "Replacement" for nearly all of them.
    "AWS::EMR::Cluster": {
        _DEFINITELY: tuple(f"/properties/Instances/{path}" for path in _EMR_INSTANCES),
        _PERHAPS: tuple(f"/properties/Instances/{path}" for path in _EMR_FLEETS),
    },
}


@dataclass(frozen=True)
class CreateOnly:
    """Property paths (`KmsKeyId`, `EncryptionConfiguration.KmsKey`) of a resource type; `*` is any item of a list."""

    always: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()


@functools.cache
def create_only(resource_type: str) -> CreateOnly:
    """The properties whose change replaces a resource of this type, always or conditionally.

    Empty for types that no schema describes: custom resources, and types newer than the installed cfn-lint.
    """
    schema = schema_of(resource_type)
    more = _MISSING_FROM_SCHEMAS.get(resource_type, {})
    always, sometimes = (
        tuple(_dotted(path) for path in (*(schema.get(key) or ()), *more.get(key, ())))
        for key in (_DEFINITELY, _PERHAPS)
    )
    return CreateOnly(always, tuple(path for path in sometimes if path not in always))


@functools.cache
def schema_of(resource_type: str) -> Mapping[str, Any]:
    """The CloudFormation schema of a resource type; empty for types without one."""
    file = _schema_file(resource_type)
    schema: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file else {}
    return schema


def values_at(properties: Value | Mapping[str, Value], path: str) -> Iterator[Value]:
    """Every value at a create-only path in a resource's properties."""
    return _reach(dict(properties) if isinstance(properties, Mapping) else properties, path.split("."))


def _reach(value: Value, steps: list[str]) -> Iterator[Value]:
    if not steps:
        yield value
    elif isinstance(value, list):
        rest = steps[1:] if steps[0] == _ANY_ITEM else steps
        for item in value:
            yield from _reach(item, rest)
    elif isinstance(value, dict) and steps[0] == _ANY_ITEM:
        for item in value.values():
            yield from _reach(item, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        yield from _reach(value[steps[0]], steps[1:])


def _dotted(pointer: str) -> str:
    return pointer.removeprefix("/properties/").replace("/", ".")


@functools.cache
def _schemas() -> Path:
    # find_spec of a top-level package does not import it
    spec = importlib.util.find_spec("cfnlint")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "data" / "schemas"
        if (folder / "providers").is_dir():
            return folder
    raise TemplateError("the comparison needs the CloudFormation schemas of cfn-lint 1.58. Install them: make setup")


@functools.cache
def _index() -> Mapping[str, str]:
    """The schema's file name by resource type: us-east-1 first, then types that only other regions have."""
    providers = sorted(
        (_schemas() / "providers").glob("*.json"), key=lambda path: (path.stem != "us-east-1", path.stem)
    )
    index: dict[str, str] = {}
    for provider in providers:
        for resource_type, name in json.loads(provider.read_text(encoding="utf-8")).items():
            index.setdefault(resource_type, name)
    return index


def _schema_file(resource_type: str) -> Path | None:
    name = _index().get(resource_type)
    return _schemas() / "resources" / f"{name}.json" if name else None
