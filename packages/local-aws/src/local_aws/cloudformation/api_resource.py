"""A resource type based on an API's Create, Describe, Update and Delete: the same code as for a client's calls."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.model import StructureShape

from local_aws.api.errors import AwsError
from local_aws.api.service import JsonService, Scope
from local_aws.cloudformation.properties import request_members
from local_aws.cloudformation.resource_type import Created, Properties, ResourceType

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResource:
    """A type derived from an API with operations such as `Create<noun>` and members such as `<noun>Name`."""

    type_name: str
    noun: str
    create_only: tuple[str, ...]
    attributes: tuple[str, ...]
    """The attributes for Fn::GetAtt, by the names of Describe's members."""
    updatable: bool = False
    """Whether the API has `Update<noun>`; without it, only tags can change."""
    busy: frozenset[str] = field(default_factory=frozenset)
    """Values of `<noun>Status` while the resource is not ready."""

    def resource_type(self, service: JsonService) -> ResourceType:
        """The type, based on a service's operations."""
        return ResourceType(
            name=self.type_name,
            create=partial(_create, self, service),
            update=partial(_update, self, service),
            delete=partial(_delete, self, service),
            create_only=self.create_only,
            name_property=f"{self.noun}Name",
        )


def _create(spec: ApiResource, service: JsonService, scope: Scope, name: str, properties: Properties) -> Created:
    name = str(properties.get(f"{spec.noun}Name", name))
    request = _request(spec, service, "Create", {**properties, f"{spec.noun}Name": name})
    _call(service, scope, f"Create{spec.noun}", request)
    try:
        return _settled(spec, service, scope, name)
    except Exception:
        _delete(spec, service, scope, name, properties)  # a stack forgets a resource whose creation failed
        raise


def _update(
    spec: ApiResource, service: JsonService, scope: Scope, physical_id: str, old: Properties, new: Properties
) -> Created:
    name = _name(physical_id)
    if spec.updatable and _without_tags(old) != _without_tags(new):
        request = _request(spec, service, "Update", {**new, f"{spec.noun}Name": name})
        _call(service, scope, f"Update{spec.noun}", request)
    _retag(service, scope, physical_id, old, new)
    return _settled(spec, service, scope, name)


def _delete(spec: ApiResource, service: JsonService, scope: Scope, physical_id: str, _properties: Properties) -> None:
    request = {f"{spec.noun}Name": _name(physical_id)}
    try:
        while _status(spec, service, scope, request) in spec.busy:
            time.sleep(POLL_SECONDS)
        service.call(scope, f"Delete{spec.noun}", request)
        while True:
            service.call(scope, f"Describe{spec.noun}", request)
            time.sleep(POLL_SECONDS)
    except AwsError:
        return  # Describe no longer returns it


def _settled(spec: ApiResource, service: JsonService, scope: Scope, name: str) -> Created:
    """Wait until the resource is ready; raises with its FailureReason if it has one."""
    request = {f"{spec.noun}Name": name}
    while _status(spec, service, scope, request) in spec.busy:
        time.sleep(POLL_SECONDS)
    described = _call(service, scope, f"Describe{spec.noun}", request)
    # A failed update leaves the resource in service unchanged, with the reason: that fails the stack too.
    if reason := described.get("FailureReason"):
        raise RuntimeError(_handler_message(reason))
    return described[f"{spec.noun}Arn"], {attribute: described[attribute] for attribute in spec.attributes}


def _status(spec: ApiResource, service: JsonService, scope: Scope, request: dict[str, Any]) -> str | None:
    return service.call(scope, f"Describe{spec.noun}", request).get(f"{spec.noun}Status")


def _retag(service: JsonService, scope: Scope, arn: str, old: Properties, new: Properties) -> None:
    before, after = _tags(old), _tags(new)
    if removed := sorted(before.keys() - after.keys()):
        _call(service, scope, "DeleteTags", {"ResourceArn": arn, "TagKeys": removed})
    if before != after and after:
        tags = [{"Key": key, "Value": value} for key, value in after.items()]
        _call(service, scope, "AddTags", {"ResourceArn": arn, "Tags": tags})


def _request(spec: ApiResource, service: JsonService, verb: str, properties: Properties) -> dict[str, Any]:
    shapes = [_input(service, f"Create{spec.noun}")]
    if spec.updatable:
        shapes.append(_input(service, f"Update{spec.noun}"))
    for name in properties:
        if not any(name in shape.members for shape in shapes):
            raise ValueError(f"Encountered unsupported property {name}")
    return request_members(_input(service, f"{verb}{spec.noun}"), properties)


def _input(service: JsonService, operation: str) -> StructureShape:
    shape = service.model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)  # noqa: S101 (operations take structures)
    return shape


def _call(service: JsonService, scope: Scope, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return service.call(scope, operation, request)
    except AwsError as error:
        raise RuntimeError(_handler_message(error.message)) from error


def _handler_message(message: str) -> str:
    return f'Resource handler returned message: "{message}"'


def _name(physical_id: str) -> str:
    return physical_id.rpartition("/")[2]


def _without_tags(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "Tags"}


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", ())}
