"""One control, and how a resource of a template or a request of an API is checked against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
"""The properties of a resource or the members of a request; CloudFormation and the API mostly use the same names."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """A control: either `holds` checks it, or `because` says why the platform has nothing that it applies to."""

    id: str
    """The publisher's name; `Launch.*` are our own."""
    also: str = ""
    """Another publisher's name of the same control."""
    title: str
    on: tuple[str, ...]
    """CloudFormation types, and operations of SageMaker's API."""
    holds: Callable[[Content], bool] | None = None
    because: str = ""

    @property
    def applies(self) -> bool:
        """Whether the platform has anything that the control applies to."""
        return self.holds is not None

    def kept_by(self, content: Content) -> bool:
        """Whether one resource or request keeps the control; only for controls that apply."""
        assert self.holds  # noqa: S101 -- see `applies`
        return self.holds(content)


@dataclass(frozen=True, order=True)
class Violation:
    """A control that a resource or request violates."""

    control: str
    where: str
    """The environment and construct path, or the workload and operation."""
