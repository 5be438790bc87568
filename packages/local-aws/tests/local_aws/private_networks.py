"""VPCs for tests of what a job in them reaches, made by EC2's API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.local_aws.launcher import LocalAws

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
NO_WAY = (
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the "
    "security groups and the subnet's network ACL allow outbound traffic to S3"
)
CALLING = """
import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ClientError
config = Config(retries={"total_max_attempts": 1})
try:
    print("answered", boto3.client("%s", config=config).%s)
except ConnectionClosedError as error:
    print("cut", type(error).__name__)
except ClientError as error:
    print("refused", error)
"""
IDENTITY = CALLING % ("sts", "get_caller_identity()['Arn']")


@dataclass(frozen=True)
class Vpc:
    """A VPC with one private subnet and one security group, which lets all out and nothing in."""

    ec2: Any
    vpc_id: str
    subnet: str
    group: str
    routes: str

    @classmethod
    def create(cls, aws: LocalAws, **client: Any) -> Vpc:
        ec2 = aws.client("ec2", **client)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a")["Subnet"]
        routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=routes, SubnetId=subnet["SubnetId"])
        group = ec2.create_security_group(GroupName="jobs", Description="jobs", VpcId=vpc)["GroupId"]
        return cls(ec2, vpc, subnet["SubnetId"], group, routes)

    @property
    def config(self) -> dict[str, list[str]]:
        return {"Subnets": [self.subnet], "SecurityGroupIds": [self.group]}

    def add_gateway(self, *, policy: list[dict[str, Any]] | None = None, routed: bool = True) -> str:
        """The gateway endpoint of S3."""
        document = {"PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": policy})} if policy else {}
        tables = {"RouteTableIds": [self.routes]} if routed else {}
        created = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc_id, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", **tables, **document
        )
        return str(created["VpcEndpoint"]["VpcEndpointId"])

    def add_interface(self, service: str, *, admitted: bool = True, private_dns: bool = True, **members: Any) -> str:
        """An interface endpoint, whose own group admits the job's group, or nothing."""
        group = self.ec2.create_security_group(GroupName=service, Description="endpoint", VpcId=self.vpc_id)["GroupId"]
        if admitted:
            source = {**HTTPS, "UserIdGroupPairs": [{"GroupId": self.group}]}
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[source])
        created = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc_id,
            ServiceName=service if "." in service else f"com.amazonaws.us-east-1.{service}",
            VpcEndpointType="Interface",
            SubnetIds=[self.subnet],
            SecurityGroupIds=[group],
            PrivateDnsEnabled=private_dns,
            **members,
        )
        return str(created["VpcEndpoint"]["VpcEndpointId"])

    def add_nat(self) -> None:
        """A NAT gateway in a public subnet, and the route to it."""
        public = self.ec2.create_subnet(VpcId=self.vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")
        internet = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=self.vpc_id)
        table = self.ec2.create_route_table(VpcId=self.vpc_id)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=public["Subnet"]["SubnetId"])
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=internet)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        gateway = self.ec2.create_nat_gateway(SubnetId=public["Subnet"]["SubnetId"], AllocationId=address)
        self.ec2.get_waiter("nat_gateway_available").wait(
            NatGatewayIds=[gateway["NatGateway"]["NatGatewayId"]], WaiterConfig={"Delay": 1}
        )
        self.ec2.create_route(
            RouteTableId=self.routes,
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=gateway["NatGateway"]["NatGatewayId"],
        )

    def close_egress(self, *permissions: dict[str, Any]) -> None:
        """Replace the group's rule that lets all out."""
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        self.ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=[everything])
        if permissions:
            self.ec2.authorize_security_group_egress(GroupId=self.group, IpPermissions=list(permissions))
