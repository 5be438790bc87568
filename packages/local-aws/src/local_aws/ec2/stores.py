"""The emulator's EC2 stores by name, and the look-ups that all operations share, with EC2's errors."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope

Record = dict[str, Any]
Records = MutableMapping[str, Record]


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Records by their identifiers, in the account and region of the current call."""

    addresses: Records
    flow_logs: Records
    internet_gateways: Records
    nat_gateways: Records
    network_interfaces: Records
    route_tables: Records
    security_groups: Records
    subnets: Records
    tags: MutableMapping[str, list[dict[str, str]]]
    vpc_endpoints: Records
    vpcs: Records
    prefix_list: Callable[[str], str]
    """The id of AWS's prefix list for a service, by the service's name."""

    def subnet(self, identifier: str) -> Record:
        """The subnet, or InvalidSubnetID.NotFound."""
        return _found(self.subnets, identifier, "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist")

    def vpc(self, identifier: str) -> Record:
        """The VPC, or InvalidVpcID.NotFound."""
        return _found(self.vpcs, identifier, "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist")

    def security_group(self, identifier: str) -> Record:
        """The security group, or InvalidGroup.NotFound."""
        return _found(
            self.security_groups, identifier, "InvalidGroup.NotFound", "The security group '{}' does not exist"
        )

    def route_table(self, identifier: str) -> Record:
        """The route table, or InvalidRouteTableID.NotFound."""
        return _found(
            self.route_tables, identifier, "InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"
        )

    def address(self, identifier: str) -> Record:
        """The elastic IP address, or InvalidAllocationID.NotFound."""
        return _found(
            self.addresses, identifier, "InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"
        )

    def tag_new(self, request: Record, identifier: str) -> None:
        """Store the tags of a Create operation."""
        specifications = request.get("TagSpecifications") or ()
        if tags := [tag for specification in specifications for tag in specification.get("Tags", ())]:
            self.tags[identifier] = tags

    def tagged(self, record: Record, identifier: str) -> Record:
        """A record with its tags, as in Describe operations."""
        return {**record, "Tags": list(self.tags.get(identifier) or ())}

    def add_interface(self, scope: Scope, subnet_id: str, groups: list[str], description: str, kind: str) -> Record:
        """Add a service's network interface to a subnet: while it exists, subnet and groups can't be deleted."""
        subnet = self.subnet(subnet_id)
        identifier = new_id("eni")
        used_addresses = sum(1 for other in self.network_interfaces.values() if other["SubnetId"] == subnet_id)
        record = {
            "NetworkInterfaceId": identifier,
            "SubnetId": subnet_id,
            "VpcId": subnet["VpcId"],
            "AvailabilityZone": subnet["AvailabilityZone"],
            "Description": description,
            "OwnerId": scope.account,
            "Status": "in-use",
            "PrivateIpAddress": _address(subnet["CidrBlock"], used_addresses),
            "InterfaceType": kind,
            "SourceDestCheck": False,
            "MacAddress": ":".join(secrets.token_hex(1) for _ in range(6)),
            "Groups": [{"GroupId": group, "GroupName": self.security_group(group)["GroupName"]} for group in groups],
            "Attachment": None,
        }
        self.network_interfaces[identifier] = record
        return record

    def remove_interfaces(self, identifiers: list[str]) -> None:
        """Remove network interfaces."""
        for identifier in identifiers:
            self.network_interfaces.pop(identifier, None)


def _found(records: Records, identifier: str, code: str, message: str) -> Record:
    record = records.get(identifier)
    if record is None:
        raise AwsError(code, message.format(identifier))
    return record


def _address(cidr: str, used_addresses: int) -> str:
    # EC2 reserves the first four addresses of a subnet.
    return str(ipaddress.IPv4Network(cidr)[4 + used_addresses])


def new_id(prefix: str) -> str:
    """A new identifier in EC2's format."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def now() -> str:
    """The time in EC2's format."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def matches(record: Record, filters: Any, members: dict[str, str]) -> bool:
    """Whether a record passes a Describe's filters; ``members`` names the record's member for each filter."""
    for condition in filters or ():
        name, values = condition["Name"], condition.get("Values", ())
        if name.startswith("tag:"):
            tags = {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}
            if tags.get(name.removeprefix("tag:")) not in values:
                return False
        elif name not in members:
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
        elif record.get(members[name]) not in values:
            return False
    return True
