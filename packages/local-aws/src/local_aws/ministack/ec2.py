"""EC2: our actions in ministack's table, on ministack's stores. ministack's module is loaded on first use."""

from __future__ import annotations

import functools
from dataclasses import fields

from local_aws.ec2.actions import actions
from local_aws.ec2.rules import comparable
from local_aws.ec2.stores import Stores
from local_aws.ministack.scope import current_scope

STORES = [field.name for field in fields(Stores) if field.name != "prefix_list"]


@functools.cache
def extend_ec2() -> None:
    """Add our actions to ministack's, at the first call."""
    from ministack.services import ec2

    stores = Stores(**{name: getattr(ec2, f"_{name}") for name in STORES}, prefix_list=ec2._aws_pl_id_from_name)
    ec2._strip_descriptions = lambda rule: comparable(rule, current_scope().account)
    ec2._ACTION_MAP.update(actions(stores, current_scope, ec2._ACTION_MAP))


def vpc_of(subnet: str) -> str | None:
    """The VPC of a subnet in the current account and region; None if there is no such subnet."""
    from ministack.services import ec2

    record = ec2._subnets.get(subnet)
    return str(record["VpcId"]) if record else None
