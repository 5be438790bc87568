"""The interface between a resource type and the stack engine. `ministack.cloudformation` registers the types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.api.service import Scope

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
"""The physical id, which is Ref's value, and the attributes for Fn::GetAtt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One type. Its functions run in threads, so they may wait; their errors are the reasons in the stack's events."""

    name: str
    create: Callable[[Scope, str, Properties], Created]
    """Scope, the name if the template has none, properties."""
    update: Callable[[Scope, str, Properties, Properties], Created]
    """Scope, physical id, old and new properties: only for changes without a replacement."""
    delete: Callable[[Scope, str, Properties], None]
    """Scope, physical id, properties. A missing resource is not an error."""
    create_only: tuple[str, ...]
    """Properties whose change replaces the resource (createOnlyProperties of AWS's schema)."""
    name_property: str
    """Property with the physical name: as on AWS, keeping a custom name forbids a replacement."""
    tags: tuple[str, str] | None = ("Tags", "list")
    """The property for stack tags, and its shape, list or map; None if the type has no tags."""
    name_length: int = 63
    """The maximum length of a generated name."""
