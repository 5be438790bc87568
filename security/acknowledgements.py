"""The findings that stay, each with its reason, from `acknowledgements.yaml`.

One row is one resource and one finding. A row names resources by their construct path within an environment, so that it
holds for every environment and for no other resource.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from launchpad.settings import EnvironmentSettings
from launchpad.yaml_source import parse

TABLE = Path(__file__).with_name("acknowledgements.yaml")
WILDCARD = "*"
"""The rule of the rows that give a reason for a `*` in a resource."""


@dataclass(frozen=True, order=True)
class Acknowledgement:
    """One row."""

    resource: str
    """Construct path below the environment's stage."""
    rule: str
    """A scanner's rule, or `*` for a wildcard in a resource."""
    pattern: str
    """The resource with the wildcard, with placeholders; empty for other rules."""
    reason: str

    def pattern_in(self, settings: EnvironmentSettings) -> str:
        """The pattern as the findings of one environment write it."""
        return filled(self.pattern, settings)


@cache
def acknowledgements() -> tuple[Acknowledgement, ...]:
    """All rows, sorted."""
    table = parse(TABLE).value
    wildcards = [
        Acknowledgement(resource, WILDCARD, pattern, reason)
        for resource, rows in table["wildcards"].items()
        for pattern, reason in rows.items()
    ]
    findings = [
        Acknowledgement(resource, rule, "", reason)
        for resource, rows in table["findings"].items()
        for rule, reason in rows.items()
    ]
    return tuple(sorted([*wildcards, *findings]))


@cache
def names() -> dict[str, str]:
    """Short names of what other stacks export, to how templates import it."""
    table = parse(TABLE).value
    return dict(table["names"])


@cache
def reason_names() -> dict[str, str]:
    """The reasons that several rows share, to their names."""
    table = parse(TABLE).value
    return {reason: name for name, reason in table["reasons"].items()}


def filled(pattern: str, settings: EnvironmentSettings) -> str:
    """A pattern of the table with one environment's values in place of its placeholders."""
    for short, imported in names().items():
        pattern = pattern.replace(f"{{{short}}}", imported)
    values = {
        "environment": settings.name,
        "region": settings.region,
        "account": settings.account or "<AWS::AccountId>",
    }
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


def reason_for(rows: Iterable[Acknowledgement], resource: str, rule: str, pattern: str = "") -> str | None:
    """The reason of the one row that is for this resource and this finding, and no other; None without one."""
    found = (row.reason for row in rows if (row.resource, row.rule, row.pattern) == (resource, rule, pattern))
    return next(found, None)
