"""DependencyViolation: EC2 refuses to delete a resource that another one needs.

The usual case on AWS: security groups whose rules refer to each other can't be deleted before the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.ec2 import nat_gateways
from local_aws.ec2.stores import Record, Stores


def violation(message: str) -> AwsError:
    """EC2's error."""
    return AwsError("DependencyViolation", message)


def check_security_group(stores: Stores, request: Record) -> None:
    """DeleteSecurityGroup: no other group's rule refers to it, and no network interface uses it."""
    identifier = request.get("GroupId", "")
    used = any(_carries(interface, identifier) for interface in stores.network_interfaces.values())
    if used or any(
        other["GroupId"] != identifier and identifier in _named_groups(other)
        for other in stores.security_groups.values()
    ):
        raise violation(f"resource {identifier} has a dependent object")


def check_subnet(stores: Stores, request: Record) -> None:
    """DeleteSubnet: no network interface is in it."""
    nat_gateways.in_use(stores)  # releases the interfaces of deleted gateways
    identifier = request["SubnetId"]
    if any(interface["SubnetId"] == identifier for interface in stores.network_interfaces.values()):
        raise violation(f"The subnet '{identifier}' has dependencies and cannot be deleted.")


def check_route_table(stores: Stores, request: Record) -> None:
    """DeleteRouteTable: it is associated with nothing."""
    table = stores.route_tables.get(request["RouteTableId"])
    if table and table["Associations"]:
        raise violation(f"The routeTable '{request['RouteTableId']}' has dependencies and cannot be deleted.")


def check_internet_gateway(stores: Stores, request: Record) -> None:
    """DeleteInternetGateway: it is attached to no VPC."""
    gateway = stores.internet_gateways.get(request["InternetGatewayId"])
    if gateway and gateway["Attachments"]:
        raise violation(f"The internetGateway '{request['InternetGatewayId']}' has dependencies and cannot be deleted.")


def check_detachment(stores: Stores, request: Record) -> None:
    """DetachInternetGateway: the VPC has no public address in use."""
    if any(gateway["VpcId"] == request["VpcId"] and _public(gateway) for gateway in nat_gateways.in_use(stores)):
        raise violation(
            f"Network {request['VpcId']} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )


def check_vpc(stores: Stores, request: Record) -> None:
    """DeleteVpc: it contains no resource that a user created."""
    identifier = request["VpcId"]
    main = stores.vpcs.get(identifier, {}).get("MainRouteTableId")
    holders: Iterable[Any] = (
        *stores.vpc_endpoints.values(),
        *stores.network_interfaces.values(),
        *(table for table in stores.route_tables.values() if table["RouteTableId"] != main),
    )
    if any(holder["VpcId"] == identifier for holder in holders):
        raise violation(f"The vpc '{identifier}' has dependencies and cannot be deleted.")


def check_address(stores: Stores, request: Record) -> None:
    """ReleaseAddress: nothing uses the address."""
    nat_gateways.in_use(stores)
    address = stores.addresses.get(request.get("AllocationId", ""))
    if address and address.get("AssociationId"):
        raise AwsError("InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use.")


CHECKS: dict[str, Callable[[Stores, Record], None]] = {
    "DeleteSecurityGroup": check_security_group,
    "DeleteSubnet": check_subnet,
    "DeleteRouteTable": check_route_table,
    "DeleteInternetGateway": check_internet_gateway,
    "DetachInternetGateway": check_detachment,
    "DeleteVpc": check_vpc,
    "ReleaseAddress": check_address,
}
"""Checks, by the operation that they guard."""


def _carries(interface: Record, group: str) -> bool:
    return any(item["GroupId"] == group for item in interface["Groups"])


def _named_groups(group: Record) -> set[str]:
    rules = [*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())]
    return {str(pair.get("GroupId")) for rule in rules for pair in rule.get("UserIdGroupPairs", ())}


def _public(gateway: Record) -> bool:
    return bool(gateway["ConnectivityType"] == "public")
