"""EC2: our actions in ministack's table, on ministack's stores. ministack's module is loaded on first use."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from local_aws.ec2.actions import actions
from local_aws.ec2.rules import comparable
from local_aws.ec2.stores import Record, Stores
from local_aws.ministack.scope import current_scope

STORES = [field.name for field in fields(Stores) if field.name != "prefix_list"]


@functools.cache
def extend_ec2() -> None:
    """Add our actions to ministack's, at the first call."""
    from ministack.services import ec2

    ec2._parse_ip_permissions = _with_prefix_lists(ec2._parse_ip_permissions)
    ec2._strip_descriptions = lambda rule: comparable(rule, current_scope().account)
    ec2._ACTION_MAP.update(actions(stores(), current_scope, ec2._ACTION_MAP))


@functools.cache
def stores() -> Stores:
    """ministack's records, of the current account and region."""
    from ministack.services import ec2

    return Stores(**{name: getattr(ec2, f"_{name}") for name in STORES}, prefix_list=ec2._aws_pl_id_from_name)


def _with_prefix_lists(inner: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    """Read the prefix lists of rules too, which ministack drops from requests."""

    def parse(parameters: dict[str, Any], prefix: str) -> list[Record]:
        rules = inner(parameters, prefix)
        for number, rule in enumerate(rules, 1):
            names = (f"{prefix}.{number}.PrefixListIds.{position}" for position in itertools.count(1))
            for name in itertools.takewhile(lambda name: f"{name}.PrefixListId" in parameters, names):
                members = ("PrefixListId", "Description")
                read = {member: parameters.get(f"{name}.{member}") for member in members}
                rule["PrefixListIds"].append(
                    {member: text[0] if isinstance(text, list) else text for member, text in read.items() if text}
                )
        return rules

    return parse


def vpc_of(subnet: str) -> str | None:
    """The VPC of a subnet in the current account and region; None if there is no such subnet."""
    from ministack.services import ec2

    record = ec2._subnets.get(subnet)
    return str(record["VpcId"]) if record else None
