"""The accepted findings, each with its reason, from `acknowledgements.yaml`.

One row is for one resource and one finding. It names the resource by its construct path within an environment, so that
it applies to every environment and to no other resource.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from launchpad.catalogue.promoted_models import registries
from launchpad.config_files.yaml_source import parse
from launchpad.settings import EnvironmentSettings

TABLE = Path(__file__).with_name("acknowledgements.yaml")
WILDCARD = "*"
"""The rule of rows that justify a `*` in a resource."""


@dataclass(frozen=True, order=True)
class Acknowledgement:
    """One row."""

    resource: str
    """The construct path below the environment's stage."""
    rule: str
    """A scanner's rule, or `*` for a wildcard in a resource."""
    pattern: str
    """The resource that contains the wildcard, with placeholders; empty for other rules."""
    reason: str

    def patterns_in(self, settings: EnvironmentSettings) -> list[str]:
        """The pattern as it appears in the findings of one environment: once for each that comes before it, or pin."""
        patterns = [filled(self.pattern, settings)]
        for placeholder, texts in others(settings).items():
            patterns = [
                each.replace(placeholder, text) for each in patterns for text in _if_in(each, placeholder, texts)
            ]
        return patterns


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
    """The import expressions in templates, by the short names of other stacks' exports."""
    table = parse(TABLE).value
    return dict(table["names"])


@cache
def reason_names() -> dict[str, str]:
    """The names of reasons that several rows share, by reason."""
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


def others(settings: EnvironmentSettings) -> dict[str, list[str]]:
    """What an environment's policies name of those before it, by placeholder."""
    own = settings.account or "<AWS::AccountId>"
    promoted = [each for endpoint in settings.endpoints for _, each in endpoint.promotions]
    return {
        "{version-before}": [
            f"{each.account or own}:model-package/{each.name}" for each in registries(settings).values()
        ],
        "{promoted-folder}": sorted({folder for each in promoted for folder in each.folders}),
    }


def _if_in(pattern: str, placeholder: str, texts: list[str]) -> list[str]:
    return texts if placeholder in pattern else [""]


def reason_for(rows: Iterable[Acknowledgement], resource: str, rule: str, pattern: str = "") -> str | None:
    """The reason in the row for exactly this resource and finding; None without one."""
    reasons = (row.reason for row in rows if (row.resource, row.rule, row.pattern) == (resource, rule, pattern))
    return next(reasons, None)
