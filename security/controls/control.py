"""One control, and how it is held against a resource of a template or a request of an API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
"""The properties of a resource, or the members of a request: CloudFormation and the API mostly call them alike."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """Either `holds` says whether a thing keeps it, or `because` says why the platform has no such thing."""

    id: str
    """As its publisher calls it; `Launch.*` are our own."""
    title: str
    on: tuple[str, ...]
    """CloudFormation types, and operations of SageMaker's API."""
    holds: Callable[[Content], bool] | None = None
    because: str = ""

    @property
    def applies(self) -> bool:
        """Whether there is anything to hold it against."""
        return self.holds is not None

    def kept_by(self, content: Content) -> bool:
        """Whether one resource or request keeps the control; only for one that applies."""
        assert self.holds  # noqa: S101 -- see `applies`
        return self.holds(content)


@dataclass(frozen=True, order=True)
class Violation:
    """A control that something does not keep."""

    control: str
    where: str
    """Environment and construct path, or workload and operation."""
