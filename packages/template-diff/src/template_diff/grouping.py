"""Merges findings that are the same in several environments.

Note: findings count as the same when they differ only in the environment's own name (`dev-*` here, `prod-*` there);
the name then reads `{environment}`. Environments are listed in the order in which changes are promoted to them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Finding = TypeVar("Finding", bound=DataclassInstance)
else:
    Finding = TypeVar("Finding")

_PROMOTION = ("local", "dev", "test", "staging", "prod")
_PLACEHOLDER = "{environment}"


def promotion_order(environment: str) -> tuple[int, str]:
    """Sorts environments from the laptop to production; unknown names come last."""
    has_order = environment in _PROMOTION
    return (_PROMOTION.index(environment) if has_order else len(_PROMOTION), environment)


def by_environments(findings: Iterable[tuple[str, Finding]]) -> list[tuple[tuple[str, ...], Finding]]:
    """Each distinct finding once, with all environments that share it, in the order of first appearance.

    Findings are frozen dataclasses whose text fields are Markdown.
    """
    together: dict[Finding, dict[str, Finding]] = defaultdict(dict)
    for environment, finding in findings:
        together[_nameless(environment, finding)][environment] = finding
    return [
        (tuple(sorted(shared, key=promotion_order)), nameless if len(shared) > 1 else next(iter(shared.values())))
        for nameless, shared in together.items()
    ]


def _nameless(environment: str, finding: Finding) -> Finding:
    """The finding with the environment's name replaced wherever it is a whole word."""
    if not environment:
        return finding
    name = re.compile(rf"(?<![A-Za-z0-9]){re.escape(environment)}(?![A-Za-z0-9])")
    texts = {field.name: getattr(finding, field.name) for field in fields(finding)}
    return replace(
        finding, **{key: name.sub(_PLACEHOLDER, value) for key, value in texts.items() if isinstance(value, str)}
    )


def environment_names(environments: tuple[str, ...]) -> str:
    """`dev, staging, prod`; a template outside any environment belongs to the app."""
    return ", ".join(name or "app" for name in environments)
