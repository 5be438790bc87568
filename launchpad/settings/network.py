"""The network that jobs, endpoints, notebooks and clusters run in."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from launchpad.yaml_source import Settings, pattern


def _private_range(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"not an IPv4 range: {error}; write one such as 10.20.0.0/16") from None
    if not network.is_private or not 16 <= network.prefixlen <= 24:
        raise ValueError(f"{value!r} must be private and between /16 and /24, such as 10.20.0.0/16")
    return value


class ExistingNetwork(Settings):
    """A VPC that is there already. No look-up is made at synth, so everything is named."""

    vpc_id: Annotated[str, pattern(r"^vpc-[0-9a-f]{8,17}$", "write an id such as vpc-0a1b2c3d")]
    subnet_ids: Annotated[
        tuple[Annotated[str, pattern(r"^subnet-[0-9a-f]{8,17}$", "write an id such as subnet-0a1b2c3d")], ...],
        Field(min_length=2, max_length=16),
    ]
    """Private subnets from which the AWS services are reached, in at least two availability zones."""
    availability_zones: Annotated[
        tuple[Annotated[str, pattern(r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$", "write a zone such as eu-west-1a")], ...],
        Field(min_length=2, max_length=16),
    ]
    """One for each of `subnet_ids`, in the same order."""

    @model_validator(mode="after")
    def _zone_for_each_subnet(self) -> Self:
        if len(self.availability_zones) != len(self.subnet_ids):
            raise ValueError("write as many availability_zones as subnet_ids, in the same order")
        return self


class NetworkSettings(Settings):
    """A VPC of the environment's own with isolated subnets, or an existing one."""

    cidr: Annotated[str, AfterValidator(_private_range)] = "10.20.0.0/16"
    availability_zones: Annotated[int, Field(ge=2, le=3)] = 2
    nat: bool = False
    """A NAT gateway, and with it a way to the internet. Without it only AWS's services are reached."""
    flow_logs: bool = True
    existing: ExistingNetwork | None = None
    """Use this VPC; the other keys then mean nothing and must be left out."""

    @property
    def may_reach_internet(self) -> bool:
        """Whether there is a way out; of an existing network nobody knows, so it may have one."""
        return self.nat or self.existing is not None

    @model_validator(mode="after")
    def _own_or_existing(self) -> Self:
        if self.existing and self.model_fields_set - {"existing"}:
            left_over = ", ".join(sorted(self.model_fields_set - {"existing"}))
            raise ValueError(f"with `existing`, {left_over} would have no effect: remove the line")
        return self
