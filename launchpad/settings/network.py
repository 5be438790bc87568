"""The network that jobs, endpoints, notebooks and clusters run in."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from launchpad.config_files.yaml_source import FieldError, Settings, distinct, pattern

_ID = "([0-9a-f]{8}|[0-9a-f]{17})$"
"""EC2's ids have 8 hexadecimal digits, or 17 since 2016 (EC2 user guide, "Resource IDs")."""
Zone = Annotated[str, pattern(r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "write a zone such as eu-west-1a")]
PrefixListId = Annotated[str, pattern(rf"^pl-{_ID}", "write an id such as pl-0a1b2c3d")]
VpcId = Annotated[str, pattern(rf"^vpc-{_ID}", "write an id such as vpc-0a1b2c3d, with 8 or 17 digits")]
SubnetId = Annotated[str, pattern(rf"^subnet-{_ID}", "write an id such as subnet-0a1b2c3d, with 8 or 17 digits")]
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918. Python calls more ranges private, such as 127.0.0.0/8 and 169.254.0.0/16, which no VPC can have."""
_DOCKER = ipaddress.IPv4Network("172.17.0.0/16")
"""Docker's own range on SageMaker's instances: "To avoid future conflicts, don't use this range when creating your VPC"
(VPC user guide, "VPC CIDR blocks")."""


def _private_range(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"not an IPv4 range: {error}; write one such as 10.20.0.0/16") from None
    if not any(map(network.subnet_of, _PRIVATE)) or not 16 <= network.prefixlen <= 24:
        raise ValueError(f"{value!r} must be private and between /16 and /24, such as 10.20.0.0/16")
    if network.overlaps(_DOCKER):
        raise ValueError(f"{value!r} is what Docker uses on SageMaker's instances; write another, such as 10.20.0.0/16")
    return value


class ExistingNetwork(Settings):
    """An existing VPC. No look-up is made at synth, so everything is named.

    Its owner answers for its endpoints, routes and flow logs. Jobs need a way to S3 at least; those without
    `network_isolation` need what they call, too. The endpoints' security groups must admit the group of the jobs, which
    is the network stack's output `JobSecurityGroupId`.
    """

    vpc_id: VpcId
    subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=16), AfterValidator(distinct)]
    """Private subnets, in at least two availability zones: SageMaker demands two for a model's endpoint."""


class NetworkSettings(Settings):
    """A VPC of the environment's own with isolated subnets, or an existing one."""

    cidr: Annotated[str, AfterValidator(_private_range)] = "10.20.0.0/16"
    """Private addresses, between /16 and /24. Environments whose addresses overlap can't be peered or share a transit
    gateway; `launchpad validate` names them."""
    availability_zones: Annotated[int, Field(ge=2, le=3)] = 2
    """The account's first ones, in AWS's order. A zone costs nothing; its interface endpoints do (`endpoint_zones`).
    There are two at least, because SageMaker demands subnets in two zones for a model, even for one instance ("Give
    SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC")."""
    zones: Annotated[tuple[Zone, ...], Field(min_length=2, max_length=3), AfterValidator(distinct)] | None = None
    """Zones to use instead of the account's first ones: not every zone of us-east-1 has SageMaker's endpoints."""
    interface_endpoints: bool | None = None
    """Private ways to AWS's services, each some $7 a month per zone. By default those that something needs: none for
    isolated jobs, five for notebooks, six for Studio, three for Spark, one for what `aws_services` of a workload names,
    and none with `nat`. `true` makes eight more in any case ($58 a month per zone), `false` none."""
    endpoint_zones: Annotated[int, Field(ge=1, le=3)] | None = None
    """The number of zones in which each interface endpoint is. The default is one where models are tried out
    (`direct_deploy`), which subnets of other zones use too, and all zones elsewhere: the endpoints stay reachable when
    a zone fails."""
    nat: bool = False
    """A NAT gateway, and with it a way to the internet: some $36 a month with its address, and 4 to 5 cents for each
    GB. Without it only AWS's services are reached."""
    flow_logs: bool = True
    """Records of all connections in CloudWatch Logs, which charges for each GB."""
    existing: ExistingNetwork | None = None
    """Use this VPC; the other keys then mean nothing and must be left out."""
    s3_prefix_list: PrefixListId | None = None
    """S3's addresses in the region (`aws ec2 describe-managed-prefix-lists`), for no look-up is made at synth. Jobs may
    then open connections to nothing else outside the VPC; without it, only the missing routes keep them from it."""

    @property
    def may_reach_internet(self) -> bool:
        """Whether a way to the internet exists; an existing network's is unknown, so it may have one."""
        return self.nat or self.existing is not None

    @property
    def zone_count(self) -> int:
        """The number of the subnets' availability zones."""
        return len(self.zones) if self.zones else self.availability_zones

    @model_validator(mode="after")
    def _own_or_existing(self) -> Self:
        without_effect = sorted(self.model_fields_set - {"existing"})
        if self.existing and without_effect:
            raise FieldError((without_effect[0],), "has no effect with `existing`: remove the line")
        return self

    @model_validator(mode="after")
    def _zones_once(self) -> Self:
        if self.zones and "availability_zones" in self.model_fields_set:
            raise FieldError(("zones",), "write zones (their names) or availability_zones (their number), not both")
        return self

    @model_validator(mode="after")
    def _endpoints_in_zones(self) -> Self:
        if self.endpoint_zones is not None and self.interface_endpoints is False:
            raise FieldError(("endpoint_zones",), "has no effect with `interface_endpoints: false`: remove the line")
        if self.endpoint_zones is not None and self.endpoint_zones > self.zone_count:
            message = f"the network has {self.zone_count} zones: write at most that, or raise availability_zones"
            raise FieldError(("endpoint_zones",), message)
        return self

    @model_validator(mode="after")
    def _no_list_behind_a_nat(self) -> Self:
        if self.nat and self.s3_prefix_list:
            message = "would have no effect: with `nat: true` jobs reach the whole internet; remove one of the two"
            raise FieldError(("s3_prefix_list",), message)
        return self
