"""Environments whose networks have the same addresses: right as they are, and impossible to connect later."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from itertools import combinations

from launchpad.settings.environment import EnvironmentSettings

LOCAL = "local"
"""The environment of the local AWS, which is connected to nothing."""


def overlapping_networks(environments: Sequence[EnvironmentSettings]) -> list[tuple[str, str]]:
    """The pairs of environments, by name, whose own VPCs overlap."""
    ranges = {
        each.name: ipaddress.IPv4Network(each.network.cidr)
        for each in environments
        if each.name != LOCAL and not each.network.existing
    }
    return [pair for pair in combinations(ranges, 2) if ranges[pair[0]].overlaps(ranges[pair[1]])]


def overlap_note(environments: Sequence[EnvironmentSettings]) -> str | None:
    """One sentence about all of them, with what to write; None without any.

    It is no mistake, because all environments have the same default, and most are never connected. But a VPC's range
    can't be changed after the first deploy.
    """
    names = sorted({name for pair in overlapping_networks(environments) for name in pair})
    if not names:
        return None
    return (
        f"the networks of {', '.join(names[:-1])} and {names[-1]} overlap: before the first deploy, write another"
        " `network.cidr` in each if they will be peered or share a transit gateway"
    )
