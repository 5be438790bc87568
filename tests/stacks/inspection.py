"""How to look into a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resources(template: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of one type by logical id."""
    return {name: value for name, value in template.get("Resources", {}).items() if value["Type"] == kind}


def only(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The properties of the one resource of a type."""
    (resource,) = resources(template, kind).values()
    return dict(resource["Properties"])
