"""What CloudFormation refuses of a template before a stack exists: wrong names, references to nothing or in a circle.

A template with a Transform is only checked once its macros have run, because they may add what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services.cloudformation import engine

Template = dict[str, Any]
Validate = Callable[..., None]
FORMAT = "Template format error: "


def refusing_templates(inner: Validate) -> Validate:
    """Wrap the engine's check of a template, which raises `ValueError` with the message of the ValidationError."""

    def validate(template: Template, conditions: Any, *rest: Any, **more: Any) -> None:
        inner(template, conditions, *rest, **more)
        if not template.get("Transform"):
            _check(template)

    return validate


def _check(template: Template) -> None:
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise ValueError(f"{FORMAT}At least one Resources member must be defined.")
    for section, noun in (("Resources", "Resource"), ("Parameters", "Parameter"), ("Outputs", "Output")):
        for name in template.get(section) or {}:
            if not (str(name).isascii() and str(name).isalnum()):
                raise ValueError(f"{FORMAT}{noun} name {name} is non alphanumeric.")
    known = {*resources, *(template.get("Parameters") or {})}
    for section in ("Resources", "Outputs"):
        if undefined := sorted(set(_attributes(template.get(section) or {})) - {*resources}):
            raise ValueError(f"Template error: instance of Fn::GetAtt references undefined resource {undefined[0]}")
        if unresolved := sorted(set(_references(template.get(section) or {})) - known):
            names = ", ".join(unresolved)
            raise ValueError(
                f"{FORMAT}Unresolved resource dependencies [{names}] in the {section} block of the template"
            )
    if circle := _circle(resources):
        raise ValueError(f"Circular dependency between resources: [{', '.join(circle)}]")


def _attributes(part: Any) -> Iterator[str]:
    """The names of the resources whose attributes are read with Fn::GetAtt."""
    if isinstance(part, dict):
        if "Fn::GetAtt" in part:
            yield from (name for name, _ in engine._intrinsic_references({"Fn::GetAtt": part["Fn::GetAtt"]}))
        part = list(part.values())
    for member in part if isinstance(part, list) else ():
        yield from _attributes(member)


def _references(section: Mapping[str, Any]) -> Iterator[str]:
    """The names that a section refers to; those of pseudo parameters have colons."""
    for member in section.values():
        if not isinstance(member, dict):
            continue
        parts = {
            part: definition for part, definition in member.items() if part not in ("Type", "Condition", "Metadata")
        }
        yield from (name for name, _ in engine._intrinsic_references(parts) if "::" not in name)
        depends_on = member.get("DependsOn") or []
        yield from [depends_on] if isinstance(depends_on, str) else map(str, depends_on)


def _circle(resources: Mapping[str, Any]) -> list[str]:
    """The resources that wait for each other, or none: what is left once those are gone that wait for no other."""
    waiting = {
        name: set(engine._extract_deps(resource, set(resources)))
        for name, resource in resources.items()
        if isinstance(resource, dict)
    }
    while ready := {name for name, needed in waiting.items() if not needed & waiting.keys()}:
        waiting = {name: needed for name, needed in waiting.items() if name not in ready}
    return sorted(waiting)
