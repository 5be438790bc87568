"""A check, and what it reports. A check changes nothing, and one that fails never ends the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from launchpad.doctor.deployment import Deployment


class Status(StrEnum):
    """The verdict on one row; only a problem would make the deploy fail."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """It was not asked, or AWS did not let the caller ask."""


@dataclass(frozen=True)
class Finding:
    """What a check reports about one thing."""

    status: Status
    text: str
    remedy: str = ""
    name: str = ""
    """What it is about, where the check's own name doesn't say it."""


@dataclass(frozen=True)
class Check:
    """One question about a deployment."""

    group: str
    name: str
    examine: Callable[[Deployment], Iterable[Finding]]
    cheap: bool = False
    """Whether it takes no call to AWS, or a fast one: `launchpad deploy` runs these first."""
    asks_aws: bool = True
    """Whether it needs valid credentials."""


@dataclass(frozen=True)
class Row:
    """One row of the report."""

    group: str
    name: str
    status: Status
    finding: str
    remedy: str

    @classmethod
    def of(cls, check: Check, finding: Finding) -> Row:
        """The row for one finding of a check."""
        return cls(check.group, finding.name or check.name, finding.status, finding.text, finding.remedy)

    def as_json(self) -> dict[str, str]:
        """The row as plain data."""
        return {key: str(value) for key, value in asdict(self).items()}


def ok(text: str, name: str = "") -> Finding:
    """Nothing to do."""
    return Finding(Status.OK, text, name=name)


def warning(text: str, remedy: str, name: str = "") -> Finding:
    """Something to know that does not make the deploy fail."""
    return Finding(Status.WARNING, text, remedy, name)


def problem(text: str, remedy: str, name: str = "") -> Finding:
    """Something that makes the deploy fail."""
    return Finding(Status.PROBLEM, text, remedy, name)


def unknown(text: str, remedy: str = "", name: str = "") -> Finding:
    """Something that could not be asked."""
    return Finding(Status.UNKNOWN, text, remedy, name)
