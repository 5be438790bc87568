"""Compares an environment that has just named its account with what it was before: the same account, unnamed.

Without this, writing `account` into a config would show as a change of every policy that has an account in its ARNs.
Note: whether it is the account that the environment is deployed to, no template says. The report therefore says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from template_diff.locations import Locations
from template_diff.model import Template

_PSEUDO = "AWS::AccountId"
Sides = dict[tuple[str, str], Template]


def newly_named(old: Locations, new: Locations) -> dict[str, str]:
    """The accounts of the environments that name one now and did not before."""
    return {
        name: location.account
        for name, location in new.items()
        if location.account is not None and name in old and old[name].account is None
    }


def with_accounts(side: Sides, named: Mapping[str, str]) -> Sides:
    """The templates with the account's number in place of CloudFormation's reference to it."""
    return {
        (environment, stack): _replaced(template, named[environment]) if environment in named else template
        for (environment, stack), template in side.items()
    }


def account_note(named: Mapping[str, str]) -> str | None:
    """A sentence for the report; None if no environment is concerned."""
    if not named:
        return None
    listed = ", ".join(f"{name} ({account})" for name, account in sorted(named.items()))
    return f"Compared as the account that the environment is deployed to already: {listed}. Another one deploys anew."


def _replaced(part: Any, account: str) -> Any:
    if isinstance(part, str):
        return part.replace(f"${{{_PSEUDO}}}", account)
    if isinstance(part, list):
        return [_replaced(item, account) for item in part]
    if not isinstance(part, dict):
        return part
    if part == {"Ref": _PSEUDO}:
        return account
    return {key: _replaced(value, account) for key, value in part.items()}
