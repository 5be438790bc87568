"""All checks, in the order of the report."""

from __future__ import annotations

from launchpad.doctor import (
    account,
    billing,
    bootstrap,
    docker,
    linked_roles,
    machine,
    names,
    permissions,
    promotions,
    quotas,
    region,
    registries,
    stack_states,
)
from launchpad.doctor.check import Check

GROUPS = (
    machine,
    docker,
    account,
    region,
    bootstrap,
    stack_states,
    names,
    quotas,
    linked_roles,
    registries,
    permissions,
    promotions,
    billing,
)


def every_check() -> list[Check]:
    """The checks of all groups."""
    return [check for group in GROUPS for check in group.checks()]
