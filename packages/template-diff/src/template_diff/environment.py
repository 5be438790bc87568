"""Makes one environment's resources comparable: functions resolved, noise left out, keyed by `stack/LogicalId`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from template_diff.intrinsics import Scope
from template_diff.model import Place, Templates
from template_diff.references import Value, canonical, renamed

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
    """Every environment's resources. References across its stacks are followed through exports."""
    environments: dict[str, dict[str, Any]] = {}
    for (environment, stack), template in templates.items():
        environments.setdefault(environment, {})[stack] = template
    return {environment: _resources(environment, stacks) for environment, stacks in environments.items()}


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


def _resources(environment: str, stacks: Mapping[str, Any]) -> Resources:
    scopes: dict[str, Scope] = {}
    exports = _exports(stacks)

    @functools.cache
    def exported(name: str) -> Value | None:
        if name not in exports:
            return None
        stack, value = exports[name]
        return scopes[stack].resolve(value)

    scopes.update({stack: Scope(stack, template, exported) for stack, template in stacks.items()})
    return {
        resource.name: resource
        for stack, scope in scopes.items()
        for logical_id, raw in scope.resources.items()
        if (resource := _resource(Place(environment, stack, logical_id), raw, scope)).type not in _NOISE_TYPES
    }


def _exports(stacks: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """The exporting stack and the unresolved value of each export, by the export's name."""
    return {
        canonical(Scope(stack, template, lambda _: None).resolve(output["Export"]["Name"])): (
            stack,
            output.get("Value"),
        )
        for stack, template in stacks.items()
        for output in (template.get("Outputs") or {}).values()
        if "Export" in output
    }


def _resource(place: Place, raw: Mapping[str, Any], scope: Scope) -> Resource:
    properties = scope.resolve(raw.get("Properties") or {})
    attributes = {key: scope.resolve(raw[key]) for key in ATTRIBUTES if key in raw}
    if "Condition" in attributes:
        attributes["Condition"] = scope.condition(str(raw["Condition"]))
    return Resource(place, str(raw.get("Type", "")), properties if isinstance(properties, dict) else {}, attributes)
