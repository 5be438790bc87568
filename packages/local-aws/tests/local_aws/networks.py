"""The parts of a VPC as templates have them."""

from __future__ import annotations

from typing import Any


def resource(kind: str, *, after: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties, "DependsOn": list(after)}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def get(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def vpc(**properties: Any) -> dict[str, Any]:
    """A VPC with one subnet, with its own route table."""
    return {
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16", **properties),
        "Subnet": resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a"),
        "Routes": resource("EC2::RouteTable", VpcId=ref("Vpc")),
        "Association": resource("EC2::SubnetRouteTableAssociation", SubnetId=ref("Subnet"), RouteTableId=ref("Routes")),
    }


def s3_gateway() -> dict[str, Any]:
    """The gateway endpoint of S3, with a route in the subnet's table."""
    return {
        "S3": resource(
            "EC2::VPCEndpoint",
            VpcId=ref("Vpc"),
            ServiceName="com.amazonaws.us-east-1.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=[ref("Routes")],
        )
    }


def group(description: str) -> dict[str, Any]:
    return resource("EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription=description)


def role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [statement]})
