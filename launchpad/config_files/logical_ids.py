"""Logical ids in templates: two names that differ only in what an id can't have would be one resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def same_logical_ids(names: Iterable[str]) -> list[list[str]]:
    """The groups of names that give the same logical id, which has only letters and digits (CloudFormation)."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups["".join(filter(str.isalnum, name))].append(name)
    return [sorted(group) for group in groups.values() if len(group) > 1]
