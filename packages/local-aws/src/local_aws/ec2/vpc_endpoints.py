"""VPC endpoints: interface endpoints have network interfaces and security groups, gateway endpoints have routes."""

from __future__ import annotations

import json
import re
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.api.wire import read_json
from local_aws.ec2.stores import Record, Stores, matches, new_id, now

GATEWAYS = ("s3", "dynamodb")
FULL_ACCESS = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
FILTERS = {
    "vpc-id": "VpcId",
    "service-name": "ServiceName",
    "vpc-endpoint-id": "VpcEndpointId",
    "vpc-endpoint-state": "State",
    "vpc-endpoint-type": "VpcEndpointType",
}


def create(stores: Stores, scope: Scope, request: Record) -> Record:
    """CreateVpcEndpoint."""
    vpc = stores.vpc(request["VpcId"])
    kind = request.get("VpcEndpointType", "Gateway")
    service = request["ServiceName"]
    _check_service(scope, service, kind)
    record = {
        "VpcEndpointId": new_id("vpce"),
        "VpcEndpointType": kind,
        "VpcId": vpc["VpcId"],
        "ServiceName": service,
        "State": "available",
        "OwnerId": scope.account,
        "RequesterManaged": False,
        "IpAddressType": request.get("IpAddressType", "ipv4"),
        "PolicyDocument": _policy(request.get("PolicyDocument")),
        "CreationTimestamp": now(),
        "RouteTableIds": [],
        "SubnetIds": [],
        "Groups": [],
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "PrivateDnsEnabled": False,
    }
    (_make_interface if kind == "Interface" else _make_gateway)(stores, scope, record, request)
    stores.vpc_endpoints[record["VpcEndpointId"]] = record
    stores.tag_new(request, record["VpcEndpointId"])
    return {"VpcEndpoint": stores.tagged(record, record["VpcEndpointId"])}


def modify(stores: Stores, scope: Scope, request: Record) -> Record:
    """ModifyVpcEndpoint: members that it does not name stay as they are."""
    record = _get(stores, request["VpcEndpointId"])
    if request.get("ResetPolicy"):
        record["PolicyDocument"] = _policy(None)
    if "PolicyDocument" in request:
        record["PolicyDocument"] = _policy(request["PolicyDocument"])
    if "PrivateDnsEnabled" in request:
        _set_private_dns(stores, scope, record, enabled=request["PrivateDnsEnabled"])
    _set_routes(stores, record, _changed(record["RouteTableIds"], request, "RouteTableIds"))
    groups = _changed([group["GroupId"] for group in record["Groups"]], request, "SecurityGroupIds")
    subnets = _changed(record["SubnetIds"], request, "SubnetIds")
    if record["VpcEndpointType"] == "Interface":
        _set_interfaces(stores, scope, record, subnets, groups)
    return {"Return": True}


def delete(stores: Stores, _scope: Scope, request: Record) -> Record:
    """DeleteVpcEndpoints."""
    unsuccessful = []
    for identifier in request["VpcEndpointIds"]:
        try:
            record = _get(stores, identifier)
        except AwsError as error:
            unsuccessful.append({"ResourceId": identifier, "Error": {"Code": error.code, "Message": error.message}})
            continue
        _set_routes(stores, record, [])
        stores.remove_interfaces(record["NetworkInterfaceIds"])
        stores.vpc_endpoints.pop(identifier, None)
        stores.tags.pop(identifier, None)
    return {"Unsuccessful": unsuccessful}


def describe(stores: Stores, _scope: Scope, request: Record) -> Record:
    """DescribeVpcEndpoints."""
    identifiers = request.get("VpcEndpointIds")
    records = [_get(stores, name) for name in identifiers] if identifiers else list(stores.vpc_endpoints.values())
    endpoints = [stores.tagged(record, record["VpcEndpointId"]) for record in records]
    return {"VpcEndpoints": [record for record in endpoints if matches(record, request.get("Filters"), FILTERS)]}


def _get(stores: Stores, identifier: str) -> Record:
    record: Record | None = stores.vpc_endpoints.get(identifier)
    if record is None:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{identifier}' does not exist")
    return record


def _check_service(scope: Scope, service: str, kind: str) -> None:
    own = rf"com\.amazonaws\.({scope.region}\.[a-z0-9.-]+|vpce\.{scope.region}\.vpce-svc-[0-9a-f]+)"
    pattern = rf"{own}|aws\.sagemaker\.{scope.region}\.[a-z]+"
    gateway = service.rpartition(".")[2] in GATEWAYS
    if not re.fullmatch(pattern, service) or (kind == "Gateway" and not gateway):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")


def _policy(document: Any) -> str:
    if document is None:
        return json.dumps(FULL_ACCESS)
    try:
        parsed = read_json(document)
    except ValueError as error:
        raise AwsError("InvalidPolicyDocument", f"The policy document is no JSON: {error}") from error
    if not isinstance(parsed, dict) or "Statement" not in parsed:
        raise AwsError("InvalidPolicyDocument", "The policy document has no Statement")
    return str(document)


def _changed(current: list[str], request: Record, member: str) -> list[str]:
    removed, added = request.get(f"Remove{member}") or (), request.get(f"Add{member}") or ()
    return [*(item for item in current if item not in removed), *(item for item in added if item not in current)]


# Gateway endpoints


def _make_gateway(stores: Stores, _scope: Scope, record: Record, request: Record) -> None:
    for member in ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"):
        if request.get(member):
            raise AwsError("InvalidParameter", f"{member} is not supported for a gateway endpoint.")
    _set_routes(stores, record, request.get("RouteTableIds") or [])


def _set_routes(stores: Stores, record: Record, tables: list[str]) -> None:
    """Add a route for the service's prefix list to every associated route table."""
    if record["VpcEndpointType"] != "Gateway":
        return
    for identifier in tables:
        if stores.route_table(identifier)["VpcId"] != record["VpcId"]:
            raise AwsError("InvalidParameter", f"Route table {identifier} belongs to another VPC.")
    endpoint = record["VpcEndpointId"]
    route = {
        "DestinationPrefixListId": stores.prefix_list(record["ServiceName"]),
        "GatewayId": endpoint,
        "State": "active",
        "Origin": "CreateRoute",
    }
    for identifier in {*record["RouteTableIds"], *tables}:
        table = stores.route_tables.get(identifier)
        if table is not None:
            others = [other for other in table["Routes"] if other.get("GatewayId") != endpoint]
            table["Routes"] = [*others, route] if identifier in tables else others
    record["RouteTableIds"] = list(tables)


# Interface endpoints


def _make_interface(stores: Stores, scope: Scope, record: Record, request: Record) -> None:
    default = [stores.vpc(record["VpcId"])["DefaultSecurityGroupId"]]
    groups = request.get("SecurityGroupIds") or default
    _set_private_dns(stores, scope, record, enabled=bool(request.get("PrivateDnsEnabled")))
    _set_interfaces(stores, scope, record, request.get("SubnetIds") or [], groups)
    suffix = f"{record['ServiceName'].removeprefix('com.amazonaws.')}.vpce.amazonaws.com"
    record["DnsEntries"].insert(0, {"DnsName": f"{record['VpcEndpointId']}.{suffix}", "HostedZoneId": "Z7HUB22UULQXV"})


def _set_interfaces(stores: Stores, scope: Scope, record: Record, subnets: list[str], groups: list[str]) -> None:
    for group in groups:
        if stores.security_group(group)["VpcId"] != record["VpcId"]:
            raise AwsError("InvalidParameter", f"Security group {group} belongs to another VPC.")
    _check_zones(stores, record, subnets)
    stores.remove_interfaces(record["NetworkInterfaceIds"])
    described = f"VPC Endpoint Interface {record['VpcEndpointId']}"
    interfaces = [stores.add_interface(scope, subnet, groups, described, "vpc_endpoint") for subnet in subnets]
    record["NetworkInterfaceIds"] = [interface["NetworkInterfaceId"] for interface in interfaces]
    record["SubnetIds"] = subnets
    record["Groups"] = [{"GroupId": group, "GroupName": stores.security_group(group)["GroupName"]} for group in groups]


def _check_zones(stores: Stores, record: Record, subnets: list[str]) -> None:
    zones: dict[str, str] = {}
    for identifier in subnets:
        subnet = stores.subnet(identifier)
        if subnet["VpcId"] != record["VpcId"]:
            raise AwsError("InvalidParameter", f"Subnet {identifier} belongs to another VPC.")
        if subnet["AvailabilityZone"] in zones:
            raise AwsError(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {identifier}.",
            )
        zones[subnet["AvailabilityZone"]] = identifier


def _set_private_dns(stores: Stores, scope: Scope, record: Record, *, enabled: bool) -> None:
    vpc = stores.vpc(record["VpcId"])
    if enabled and not (vpc.get("EnableDnsSupport", True) and vpc.get("EnableDnsHostnames", False)):
        raise AwsError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
            f"{record['VpcId']}",
        )
    name = _dns_name(scope, record["ServiceName"])
    if enabled and any(_same_name(record, other) for other in stores.vpc_endpoints.values()):
        raise AwsError(
            "InvalidParameter",
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            f"{name} in the VPC {record['VpcId']}",
        )
    record["PrivateDnsEnabled"] = enabled
    own = [entry for entry in record["DnsEntries"] if ".vpce." in entry["DnsName"]]
    record["DnsEntries"] = [*own, {"DnsName": name, "HostedZoneId": "ZONEIDPENDING"}] if enabled else own


def _dns_name(scope: Scope, service: str) -> str:
    """The service's usual name: com.amazonaws.REGION.sagemaker.api is api.sagemaker.REGION.amazonaws.com."""
    own = service.removeprefix("com.amazonaws.").removeprefix("aws.sagemaker.").removeprefix(f"{scope.region}.")
    return ".".join([*reversed(own.split(".")), scope.region, "amazonaws", "com"])


def _same_name(record: Record, other: Record) -> bool:
    return bool(
        other.get("PrivateDnsEnabled")
        and other["VpcEndpointId"] != record["VpcEndpointId"]
        and (other["VpcId"], other["ServiceName"]) == (record["VpcId"], record["ServiceName"])
    )
