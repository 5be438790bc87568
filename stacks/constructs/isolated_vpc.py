"""A VPC with private subnets, and with a route to the internet only where a config asks for one.

It uses L1 resources, because CDK's `Vpc` looks up availability zones and closes the default security group with a
Lambda function. The default group stays as EC2 creates it, and nothing is in it.
"""

from __future__ import annotations

import ipaddress

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from launchpad.settings import NetworkSettings


class IsolatedVpc(Construct):
    """One private subnet per availability zone, all with one route table."""

    def __init__(self, scope: Construct, name: str, *, settings: NetworkSettings, label: str) -> None:
        super().__init__(scope, name)
        self.label = label
        self.vpc = ec2.CfnVPC(
            self,
            "Vpc",
            cidr_block=settings.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._named("vpc"),
        )
        self.route_table = self._route_table("private")
        private, public = address_plan(settings.cidr, settings.zone_count)
        self.subnets = [
            self._subnet(f"private-{number + 1}", addresses, self._zone(settings, number), self.route_table)
            for number, addresses in enumerate(private)
        ]
        if settings.nat:
            self._add_nat(public, self._zone(settings, 0))

    def _subnet(self, name: str, addresses: str, zone: str, route_table: ec2.CfnRouteTable) -> ec2.CfnSubnet:
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet-{name}",
            vpc_id=self.vpc.ref,
            cidr_block=addresses,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            tags=self._named(name),
        )
        ec2.CfnSubnetRouteTableAssociation(self, f"Routes-{name}", subnet_id=subnet.ref, route_table_id=route_table.ref)
        return subnet

    def _route_table(self, name: str) -> ec2.CfnRouteTable:
        return ec2.CfnRouteTable(self, f"RouteTable-{name}", vpc_id=self.vpc.ref, tags=self._named(name))

    def _add_nat(self, addresses: str, zone: str) -> None:
        """Add one gateway for all zones: a second one doubles the cost, and training can wait until a zone is back."""
        internet = ec2.CfnInternetGateway(self, "InternetGateway", tags=self._named("internet"))
        attachment = ec2.CfnVPCGatewayAttachment(
            self, "InternetAttachment", vpc_id=self.vpc.ref, internet_gateway_id=internet.ref
        )
        public_routes = self._route_table("public")
        public = self._subnet("public", addresses, zone, public_routes)
        outward = ec2.CfnRoute(
            self,
            "PublicRoute",
            route_table_id=public_routes.ref,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.ref,
        )
        outward.node.add_dependency(attachment)
        address = ec2.CfnEIP(self, "NatAddress", domain="vpc", tags=self._named("nat"))
        address.node.add_dependency(attachment)
        gateway = ec2.CfnNatGateway(
            self, "Nat", subnet_id=public.ref, allocation_id=address.attr_allocation_id, tags=self._named("nat")
        )
        gateway.node.add_dependency(outward)
        ec2.CfnRoute(
            self,
            "PrivateRoute",
            route_table_id=self.route_table.ref,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=gateway.ref,
        )

    def _zone(self, settings: NetworkSettings, number: int) -> str:
        """Return the zone's name, or CloudFormation's nth zone at deploy time, because a synth makes no look-ups."""
        return settings.zones[number] if settings.zones else cdk.Fn.select(number, cdk.Fn.get_azs(""))

    def _named(self, part: str) -> list[cdk.CfnTag]:
        return [cdk.CfnTag(key="Name", value=f"{self.label}-{part}")]


def address_plan(cidr: str, zones: int) -> tuple[list[str], str]:
    """Return the private subnets' ranges, a quarter of the VPC each, and the public one's, a quarter of the last one.

    With a /24, the smallest VPC, the public one is a /28, the smallest subnet that EC2 has. Adding a zone or a NAT
    gateway later leaves the other ranges as they are.
    """
    *quarters, last = ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=2)
    public = next(last.subnets(prefixlen_diff=2))
    return [str(quarter) for quarter in quarters[:zones]], str(public)
