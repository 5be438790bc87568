"""What a comparison finds: the typed result that the Markdown is written from, and that decides the exit code.

Surprise: texts in here still carry marked references (see `references`), so that one finding reads the same in every
environment and can be shown relative to its own stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, TypeAlias

COMMENT_LIMIT = 65_536
"""Characters of a GitHub comment."""

Template: TypeAlias = Mapping[str, Any]
"""One CloudFormation template, as parsed JSON."""
Templates: TypeAlias = Mapping[tuple[str, str], Template]
"""Templates by (environment, stack)."""


class ExitCode(IntEnum):
    """What `launchpad diff` exits with; 1 and 2 are left to failures and wrong usage."""

    SAFE = 0
    LOSES_DATA = 3
    WIDENS_PERMISSIONS = 4
    LOSES_DATA_AND_WIDENS_PERMISSIONS = 5


class Action(StrEnum):
    """What CloudFormation does to one resource."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REPLACED = "replaced"
    MAY_BE_REPLACED = "may be replaced"
    MAY_BE_REMOVED = "may be removed"
    RENAMED = "renamed"


@dataclass(frozen=True, order=True)
class Place:
    """One logical id, in one stack of one environment."""

    environment: str
    stack: str
    logical_id: str


@dataclass(frozen=True)
class PropertyChange:
    """One value that differs; None on the side that lacks it."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class DataFate:
    """What becomes of the data that a replaced or removed resource holds; `kept_by` is None where it is lost."""

    holds: str
    kept_by: str | None


@dataclass(frozen=True)
class ResourceChange:
    """One resource that differs."""

    place: Place
    resource_type: str
    action: Action
    properties: tuple[PropertyChange, ...] = ()
    causes: tuple[str, ...] = ()
    """The create-only property paths that make it a replacement."""
    follows: tuple[str, ...] = ()
    """Replaced resources (`stack/LogicalId`) that those properties refer to, where nothing else changes in them."""
    former: Place | None = None
    """Where it was, when it is only renamed or moved."""
    data: DataFate | None = None
    unprotected: tuple[PropertyChange, ...] = ()
    """Policies (DeletionPolicy, UpdateReplacePolicy) that no longer keep the data that it holds."""

    @property
    def loses_data(self) -> bool:
        """Whether data is gone after the deploy, or may be."""
        return self.data is not None and self.data.kept_by is None


class Respect(StrEnum):
    """In what the nearest statements of the two sides differ."""

    CONDITION = "condition"
    ACTION = "action"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    ALL = "statement"
    """Nothing alike is permitted on the other side."""
    ATTACHMENT = "managed policy"
    BOUNDARY = "boundary"


@dataclass(frozen=True)
class Grants:
    """Every listed principal's every listed action on every listed resource."""

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    condition: str = ""


@dataclass(frozen=True)
class PermissionChange:
    """Something that becomes permitted, or ceases to be, for one holder of policies."""

    holder: Place
    holder_type: str
    policy: str
    """The kind of policy, in words: identity policy, trust policy, bucket policy, ..."""
    widened: bool
    respect: Respect
    grants: Grants
    """What only one side permits: the new one if it is an Allow that widens, or a Deny that narrows."""
    instead: tuple[str, ...] = ()
    """What the other side says in that respect."""
    beside: bool = False
    """Whether both sides say that: something was added to it or taken from it, and nothing exchanged for it."""
    denied: bool = False
    """Whether it is a Deny statement that came or went."""
    new_holder: bool = False


@dataclass(frozen=True)
class NetworkChange:
    """One security-group rule that lets traffic through which was stopped, or the other way round."""

    group: Place
    direction: str
    opened: bool
    rule: str
    instead: tuple[str, ...]
    """The rules on the other side for the same ports or the same peer."""


@dataclass(frozen=True)
class Difference:
    """All that differs between two sets of templates, in a fixed order."""

    resources: tuple[ResourceChange, ...] = ()
    permissions: tuple[PermissionChange, ...] = ()
    network: tuple[NetworkChange, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """What a pull-request check should exit with."""
        loses = any(change.loses_data for change in self.resources)
        widens = any(change.widened for change in self.permissions)
        if loses and widens:
            return ExitCode.LOSES_DATA_AND_WIDENS_PERMISSIONS
        if loses:
            return ExitCode.LOSES_DATA
        return ExitCode.WIDENS_PERMISSIONS if widens else ExitCode.SAFE
