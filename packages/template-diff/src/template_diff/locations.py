"""Where environments are deployed to, and what that means when one moves to another account or region.

Note: a moved environment is created anew, empty, and all of the old one stays where it is. Its permissions are compared
as if it had always been in the new location, so that the move itself widens none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from template_diff.environment import Resources
from template_diff.references import OPEN, canonical
from template_diff.schemas import values_at
from template_diff.whole import EnvironmentMove, Location

Locations = Mapping[str, Location]
"""Locations by environment."""
_ONCE_PER_ACCOUNT: Mapping[str, str] = {
    "AWS::Budgets::Budget": "Budget.BudgetName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::OIDCProvider": "Url",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::S3::Bucket": "BucketName",
}
"""The name of resources that exist once per account, in all regions together, by type."""


def is_moved(old: Location | None, new: Location | None) -> bool:
    """Whether two known locations differ. An account that only one side names may be the same."""
    if old is None or new is None:
        return False
    return old.region != new.region or (None not in (old.account, new.account) and old.account != new.account)


def as_if_there(part: Any, old: Location, new: Location) -> Any:
    """A template with the old location's region and account written as the new one's."""
    if isinstance(part, str):
        text = part.replace(old.region, new.region)
        return text.replace(old.account, new.account) if old.account and new.account else text
    if isinstance(part, list):
        return [as_if_there(item, old, new) for item in part]
    if not isinstance(part, dict):
        return part
    return {as_if_there(key, old, new): as_if_there(item, old, new) for key, item in part.items()}


def move(environment: str, old: Location, new: Location, before: Resources, after: Resources) -> EnvironmentMove:
    """The move of an environment, with the names that its old resources keep from the new ones."""
    names = _names(before) & _names(after) if old.account == new.account else set()
    return EnvironmentMove(environment, old, new, len(before), tuple(sorted(names)))


def _names(resources: Resources) -> set[str]:
    return {
        name
        for resource in resources.values()
        if resource.type in _ONCE_PER_ACCOUNT
        for name in map(canonical, values_at(resource.properties, _ONCE_PER_ACCOUNT[resource.type]))
        if OPEN not in name
    }
