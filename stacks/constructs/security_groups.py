"""Security groups whose rules between each other are separate resources, so that all of them can be deleted.

Two groups whose inline rules refer to each other can be neither created nor deleted. A group without any inline egress
rule gets EC2's default one, which allows everything: `_nothing` prevents that.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

HTTPS = 443


def security_group(
    scope: Construct,
    name: str,
    *,
    vpc_id: str,
    description: str,
    egress: Sequence[ec2.CfnSecurityGroup.EgressProperty] = (),
) -> ec2.CfnSecurityGroup:
    """Create a group that admits no connections, and opens only those that `egress` allows."""
    return ec2.CfnSecurityGroup(
        scope, name, vpc_id=vpc_id, group_description=description, security_group_egress=list(egress) or [_nothing()]
    )


def https_anywhere(reason: str) -> ec2.CfnSecurityGroup.EgressProperty:
    """Allow HTTPS to every address; `reason` says why that is not the internet, or why it may be."""
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="tcp", from_port=HTTPS, to_port=HTTPS, cidr_ip="0.0.0.0/0", description=reason
    )


def https_to_prefix_list(prefix_list: str) -> ec2.CfnSecurityGroup.EgressProperty:
    """Allow HTTPS to the addresses of one AWS service in the region."""
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
        destination_prefix_list_id=prefix_list,
        description="S3, and nothing else outside the VPC",
    )


def allow(
    scope: Construct,
    name: str,
    source: str,
    target: str,
    description: str,
    *,
    protocol: str = "tcp",
    ports: tuple[int, int] | None = (HTTPS, HTTPS),
) -> None:
    """Let members of the group `source` connect to members of `target`: one rule out, one rule in.

    `ports` are the first and the last one; None where the protocol has none (`-1`, every protocol).
    """
    first, last = ports or (None, None)
    ec2.CfnSecurityGroupEgress(
        scope,
        f"{name}Out",
        group_id=source,
        destination_security_group_id=target,
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        description=description,
    )
    ec2.CfnSecurityGroupIngress(
        scope,
        f"{name}In",
        group_id=target,
        source_security_group_id=source,
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        description=description,
    )


def _nothing() -> ec2.CfnSecurityGroup.EgressProperty:
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="icmp", from_port=252, to_port=86, cidr_ip="255.255.255.255/32", description="Nothing at all"
    )
