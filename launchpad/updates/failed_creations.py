"""Stacks whose first creation failed: the CDK CLI deletes and recreates them, unless they are protected.

The CDK CLI protects a stack before it executes the change set that creates it. So in an environment that retains its
data, a failed first creation would block every later deploy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from launchpad.platform_client.platform import NEVER_CREATED
from launchpad.updates.deployed import Deployed
from launchpad.updates.leftovers import kept_resources, lift_protection


def unprotect_failed_creations(cloudformation: Any, deployed: Deployed, assembly: Collection[str]) -> Iterator[str]:
    """Lift the protection of the stacks that were never created completely; yield a line about each.

    They hold nothing, apart from what a Retain policy kept in the rollback: that is named, because a resource with a
    fixed name blocks its second creation.
    """
    for name, stack in deployed.items():
        if name in assembly and stack.protected and stack.status in NEVER_CREATED:
            lift_protection(cloudformation, stack)
            remnants = kept_resources(cloudformation, stack)
            rest = f"; its first creation left {', '.join(remnants)}" if remnants else ""
            yield f"{name} was never created ({stack.status}): lifted its termination protection{rest}"
