"""Makes one environment's resources comparable: functions resolved, noise left out, keyed by `stack/LogicalId`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from template_diff.intrinsics import Scope
from template_diff.model import Place, Template, Templates
from template_diff.references import Value, canonical, renamed
from template_diff.stacks import Stacks

_NOISE_TYPES = frozenset({"AWS::CDK::Metadata"})
ATTRIBUTES = ("Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy")
"""A resource's attributes next to its properties, without Metadata and DependsOn, which change no resource."""


@dataclass(frozen=True)
class Resource:
    """One resource as declared in its template."""

    place: Place
    type: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name in references: `stack/LogicalId`."""
        return f"{self.place.stack}/{self.place.logical_id}"

    @functools.cached_property
    def signature(self) -> str:
        """A text that is equal for two resources of the same type and properties, whatever their names are."""
        return canonical({"type": self.type, "properties": dict(self.properties)})

    def equals(self, other: Resource) -> bool:
        """Whether a deploy would not change the resource."""
        return self.signature == other.signature and canonical(dict(self.attributes)) == canonical(
            dict(other.attributes)
        )


Resources = dict[str, Resource]
"""The resources of one environment by `stack/LogicalId`."""


def resources_by_environment(templates: Templates) -> dict[str, Resources]:
    """Every environment's resources."""
    return {name: resources_of(name, Stacks(stacks)) for name, stacks in by_environment(templates).items()}


def by_environment(templates: Templates) -> dict[str, dict[str, Template]]:
    """Every environment's templates, by stack."""
    environments: dict[str, dict[str, Template]] = {}
    for (environment, stack), template in templates.items():
        environments.setdefault(environment, {})[stack] = template
    return environments


def resources_of(environment: str, stacks: Stacks) -> Resources:
    """The resources of one environment. References across its stacks are followed through exports."""
    return {
        resource.name: resource
        for stack, scope in stacks.scopes.items()
        for logical_id, raw in scope.resources.items()
        if (resource := _resource(Place(environment, stack, logical_id), raw, scope)).type not in _NOISE_TYPES
    }


def under_new_names(resources: Resources, names: Mapping[str, str]) -> Resources:
    """The same resources after logical ids were renamed (`old stack/LogicalId` to new), references included."""
    moved: Resources = {}
    for name, resource in resources.items():
        new_name = names.get(name, name)
        stack, _, logical_id = new_name.rpartition("/")
        properties = renamed(dict(resource.properties), names)
        moved[new_name] = replace(
            resource,
            place=Place(resource.place.environment, stack, logical_id),
            properties=properties if isinstance(properties, dict) else {},
        )
    return moved


def _resource(place: Place, raw: Mapping[str, Any], scope: Scope) -> Resource:
    properties = scope.resolve(raw.get("Properties") or {})
    attributes = {key: scope.resolve(raw[key]) for key in ATTRIBUTES if key in raw}
    if "Condition" in attributes:
        attributes["Condition"] = scope.condition(str(raw["Condition"]))
    return Resource(place, str(raw.get("Type", "")), properties if isinstance(properties, dict) else {}, attributes)
