"""The typed result of a comparison, which is rendered as Markdown and decides the exit code.

Note: texts here still contain marked references (see `references`), so that a finding is the same in every
environment and can be shown relative to its stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, TypeAlias

from template_diff.whole import EnvironmentGone, EnvironmentMove, ExportConflict, StackRemoval

COMMENT_LIMIT = 65_536
"""The most characters of a GitHub comment."""

Template: TypeAlias = Mapping[str, Any]
"""One CloudFormation template, as parsed JSON."""
Templates: TypeAlias = Mapping[tuple[str, str], Template]
"""Templates by (environment, stack)."""


class ExitCode(IntEnum):
    """The exit codes of `launchpad diff`; 1 and 2 are reserved for failures and wrong usage."""

    SAFE = 0
    LOSES_DATA = 3
    WIDENS_PERMISSIONS = 4
    LOSES_DATA_AND_WIDENS_PERMISSIONS = 5
    FAILS = 6
    FAILS_AND_LOSES_DATA = 7
    FAILS_AND_WIDENS_PERMISSIONS = 8
    FAILS_LOSES_DATA_AND_WIDENS_PERMISSIONS = 9


class Action(StrEnum):
    """What CloudFormation does to one resource."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REPLACED = "replaced"
    MAY_BE_REPLACED = "may be replaced"
    MAY_BE_REMOVED = "may be removed"
    RENAMED = "renamed"


REFUSED = "refused"
"""The label of a replacement that CloudFormation refuses."""


@dataclass(frozen=True, order=True)
class Place:
    """One logical id in one stack of one environment."""

    environment: str
    stack: str
    logical_id: str


@dataclass(frozen=True)
class PropertyChange:
    """One value that differs; None on the side without it."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class DataFate:
    """What happens to the data of a replaced or removed resource; `kept_by` is None if no policy keeps it."""

    holds: str
    kept_by: str | None
    undeletable: bool = False
    """Whether the service refuses to delete the resource as long as it holds data."""

    @property
    def lost(self) -> bool:
        """Whether the data is deleted."""
        return self.kept_by is None and not self.undeletable


@dataclass(frozen=True)
class ResourceChange:
    """One resource that differs."""

    place: Place
    resource_type: str
    action: Action
    properties: tuple[PropertyChange, ...] = ()
    causes: tuple[str, ...] = ()
    """The create-only property paths that cause a replacement."""
    follows: tuple[str, ...] = ()
    """Replaced resources (`stack/LogicalId`) that those properties refer to, if nothing else in them changes."""
    former: Place | None = None
    """The previous location, if it is only renamed or moved."""
    data: DataFate | None = None
    unprotected: tuple[PropertyChange, ...] = ()
    """Policies (DeletionPolicy, UpdateReplacePolicy) that no longer keep the resource's data."""
    kept_name: str | None = None
    """The custom name because of which CloudFormation refuses the change."""
    retained: bool = False
    """Whether a removed resource stays in the account, with data or without."""

    @property
    def loses_data(self) -> bool:
        """Whether data is lost by the deploy, or may be."""
        return self.data is not None and self.data.lost

    @property
    def is_uncertain(self) -> bool:
        """Whether the deploy decides what happens."""
        return self.action in (Action.MAY_BE_REPLACED, Action.MAY_BE_REMOVED)

    @property
    def label(self) -> str:
        """What happens, in a word or two."""
        return REFUSED if self.action is Action.REPLACED and self.kept_name is not None else self.action

    @property
    def is_replaced(self) -> bool:
        """Whether the resource is another one after the deploy, or may be."""
        return self.action in (Action.REPLACED, Action.MAY_BE_REPLACED) and self.kept_name is None


class Respect(StrEnum):
    """The respect in which the nearest statements of the two sides differ."""

    CONDITION = "condition"
    ACTION = "action"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    ALL = "statement"
    """The other side permits nothing similar."""
    ATTACHMENT = "managed policy"
    BOUNDARY = "boundary"


@dataclass(frozen=True)
class Grants:
    """All combinations of the listed principals, actions and resources."""

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    condition: str = ""


@dataclass(frozen=True)
class PermissionChange:
    """A permission that one holder of policies gains or loses."""

    holder: Place
    holder_type: str
    policy: str
    """The kind of policy, in words: identity policy, trust policy, bucket policy, ..."""
    widened: bool
    respect: Respect
    grants: Grants
    """What only one side has: the new one for an Allow that widens or a Deny that narrows."""
    instead: tuple[str, ...] = ()
    """The other side's values in that respect."""
    beside: bool = False
    """Whether both sides have those values, so that something was added or removed rather than exchanged."""
    denied: bool = False
    """Whether it is a Deny statement that was added or removed."""
    new_holder: bool = False


@dataclass(frozen=True)
class NetworkChange:
    """One security-group rule that allows traffic that was blocked before, or the reverse."""

    group: Place
    direction: str
    opened: bool
    rule: str
    instead: tuple[str, ...]
    """The other side's rules for the same ports or the same peer."""


@dataclass(frozen=True)
class Difference:
    """All differences between two sets of templates, in a fixed order."""

    resources: tuple[ResourceChange, ...] = ()
    permissions: tuple[PermissionChange, ...] = ()
    network: tuple[NetworkChange, ...] = ()
    moves: tuple[EnvironmentMove, ...] = ()
    abandoned: tuple[EnvironmentGone, ...] = ()
    removed_stacks: tuple[StackRemoval, ...] = ()
    exports: tuple[ExportConflict, ...] = ()

    @property
    def failures(self) -> list[bool]:
        """Each reason why a deploy fails, and whether it is certain."""
        return [
            *(not change.is_uncertain for change in self.resources if change.kept_name is not None),
            *(conflict.certain for conflict in self.exports),
            *(True for move in self.moves if move.taken_names),
        ]

    @property
    def losses(self) -> list[bool]:
        """Each resource whose data is lost, and whether it is certain."""
        return [not change.is_uncertain for change in self.resources if change.loses_data]

    @property
    def widens(self) -> bool:
        """Whether a permission is widened."""
        return any(change.widened for change in self.permissions)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code for a pull-request check."""
        dangers = bool(self.losses) + 2 * self.widens + 4 * bool(self.failures)
        return ExitCode(2 + dangers) if dangers else ExitCode.SAFE
