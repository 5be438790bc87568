"""Who may take on a role, or use a resource: AWS's services, for this account only (no confused deputy)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks.constructs.platform_stack import ACCOUNT, PlatformStack

Principal = Mapping[str, Any]
"""What a statement says of who: `Principal`, and a `Condition` where it is not enough."""


def of_this_account(service: str, source: str | None = None) -> Principal:
    """`service`, such as ``states.amazonaws.com``, acting for this account; with `source`, for such ARNs of it only."""
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    if source is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source}
    return {"Principal": {"Service": service}, "Condition": conditions}


def of_any_account(service: str) -> Principal:
    """`service`, where it tells nobody for whom it acts."""
    return {"Principal": {"Service": service}}


def account_root(stack: PlatformStack) -> Principal:
    """Whoever the account's own IAM policies allow it."""
    return {"Principal": {"AWS": stack.arn("iam", "root", region="")}}


def publishers(stack: PlatformStack) -> dict[str, Principal]:
    """The services that send alerts by themselves, by name: of this account's budgets and this environment's alarms."""
    sources = {
        "budgets": stack.arn("budgets", "*", region=""),
        "cloudwatch": stack.arn("cloudwatch", f"alarm:launchpad-{stack.settings.name}-*"),
    }
    return {service: of_this_account(f"{service}.amazonaws.com", source) for service, source in sources.items()}
