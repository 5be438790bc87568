"""Custom names: CloudFormation refuses to replace a resource that keeps one.

"You can't perform an update that causes a custom-named resource to be replaced. If you must replace the resource,
specify a new name" (CloudFormation's template reference, "Name type"). A resource is custom-named if the template sets
all that identifies it: the schema's primary identifier, or the name that is part of it, where that is an ARN or a URL.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping

from template_diff.data import is_retained
from template_diff.environment import Resource, Resources
from template_diff.references import canonical
from template_diff.schemas import schema_of, values_at

_PREFIX = "/properties/"
_NAMED_BY = re.compile(r".*(Arn|ARN|Url)$")
"""Identifiers that contain the name: `TopicArn`, `QueueUrl`."""
_BESIDES: Mapping[str, tuple[str, ...]] = {
    # Identified by an id that AWS generates, and unique by name all the same: the new one could not be created.
    "AWS::Budgets::Budget": ("Budget.BudgetName",),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateName",),
    "AWS::EC2::SecurityGroup": ("GroupName",),
    "AWS::SageMaker::Domain": ("DomainName",),
    # Its name is unique within one function only.
    "AWS::Lambda::Alias": (),
}


def kept_name(old: Resource, new: Resource) -> str | None:
    """The custom name that a resource has before and after the update; None if it has none or gets another one."""
    before, after = _name(old), _name(new)
    return after if old.type == new.type and before == after else None


def taken_names(old: Resources, new: Resources) -> dict[str, str]:
    """The new resources that can't be created, with the custom name that an old one still has then.

    CloudFormation creates what is new in a stack before it deletes what is gone; what is retained is never deleted; and
    a stack that left the app is deleted last.
    """
    holders = {
        (resource.type, name): resource
        for key, resource in old.items()
        if key not in new and (name := _name(resource)) is not None
    }
    stacks = {resource.place.stack for resource in new.values()}
    names: dict[str, str] = {}
    for key, resource in new.items():
        name = _name(resource)
        holder = holders.get((resource.type, name)) if name is not None and key not in old else None
        if name is not None and holder and _is_there_until_the_end(holder, resource, stacks):
            names[key] = name
    return names


def _is_there_until_the_end(holder: Resource, resource: Resource, stacks: Collection[str]) -> bool:
    """Whether `holder` still exists when `resource` is created. `stacks` are those of the new app."""
    stack = holder.place.stack
    return stack == resource.place.stack or stack not in stacks or is_retained(holder)


def _name(resource: Resource) -> str | None:
    paths = name_paths(resource.type)
    parts = [canonical(value) for path in paths for value in values_at(resource.properties, path)]
    return "/".join(parts) if paths and len(parts) == len(paths) else None


@functools.cache
def name_paths(resource_type: str) -> tuple[str, ...]:
    """The properties that are a custom name together; empty for a type that takes none."""
    if resource_type in _BESIDES:
        return _BESIDES[resource_type]
    schema = schema_of(resource_type)
    create_only = {path.removeprefix(_PREFIX) for path in schema.get("createOnlyProperties") or ()}
    identifier = [path.removeprefix(_PREFIX) for path in schema.get("primaryIdentifier") or ()]
    if identifier and create_only.issuperset(identifier):
        return tuple(path.replace("/", ".") for path in identifier)
    if len(identifier) == 1 and _NAMED_BY.fullmatch(identifier[0]):
        kind = resource_type.rpartition("::")[2]
        return tuple(sorted(name for name in create_only if name in ("Name", f"{kind}Name"))[:1])
    return ()
