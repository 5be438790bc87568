"""What a deploy does to whole environments and stacks, and the exports that it can't change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    """An account and a region."""

    account: str | None
    """None if the account is that of the credentials."""
    region: str


@dataclass(frozen=True)
class EnvironmentGone:
    """An environment without any stack in the new app. No deploy deletes anything of it."""

    environment: str
    stacks: int
    resources: int


@dataclass(frozen=True)
class EnvironmentMove:
    """An environment that is deployed to another account or region from now on, where all of it is created anew."""

    environment: str
    old: Location
    new: Location
    resources: int
    """The number of resources that stay in the old location."""
    taken_names: tuple[str, ...]
    """Names that exist once per account, and are taken as long as the old environment exists."""


@dataclass(frozen=True, order=True)
class StackRemoval:
    """A stack that the new app lacks, in an environment that it has. The next deploy deletes it."""

    environment: str
    stack: str


@dataclass(frozen=True)
class ExportConflict:
    """An export whose value the deploy would change while other stacks import it, which CloudFormation refuses."""

    environment: str
    stack: str
    output: str
    importers: tuple[str, ...]
    replaced: tuple[str, ...] = ()
    """The replaced resources that the value comes from."""
    old: str = ""
    new: str = ""
    """The values, if they differ in the templates too."""
    certain: bool = True
