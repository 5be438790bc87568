"""What the stack engine is told about a resource type. `ministack_hooks` gives these to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.api.service import Scope

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
"""The physical id, which is what Ref gives, and the attributes that Fn::GetAtt gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One type. Its functions run in threads, so they may wait; what they raise is the reason in the stack's events."""

    name: str
    create: Callable[[Scope, str, Properties], Created]
    """Scope, the name to use where the template gives none, properties."""
    update: Callable[[Scope, str, Properties, Properties], Created]
    """Scope, physical id, old and new properties: only for changes that replace nothing."""
    delete: Callable[[Scope, str, Properties], None]
    """Scope, physical id, properties. One that is already gone is no error."""
    create_only: tuple[str, ...]
    """Properties whose change replaces the resource (createOnlyProperties of AWS's schema)."""
    name_property: str
    """Property with the physical name: one that is kept forbids a replacement, as on AWS."""
    tags: tuple[str, str] | None = ("Tags", "list")
    """The property that stack tags go to, and its shape, list or map; None where the type has no tags."""
    name_length: int = 63
    """Longest name that may be generated."""
