"""EC2's resource types that the general emulator lacks or only partly supports."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from local_aws.cloudformation.client_resource import ClientResource, members, tag_list, tag_map, until
from local_aws.cloudformation.resource_type import Created, Properties
from local_aws.cloudformation.security_group_rules import SecurityGroupEgress, SecurityGroupIngress


class _Tagged(ClientResource):
    service = "ec2"
    kind: ClassVar[str]
    """The resource type in tag specifications."""

    def specifications(self, properties: Properties) -> dict[str, Any]:
        """The tags of a new resource, if it has any."""
        tags = tag_list(tag_map(properties))
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags}]} if tags else {}

    def retag(self, client: Any, identifier: str, old: Properties, new: Properties) -> None:
        """Change the resource's tags to the template's."""
        before, after = tag_map(old), tag_map(new)
        if removed := sorted(before.keys() - after.keys()):
            client.delete_tags(Resources=[identifier], Tags=[{"Key": key} for key in removed])
        if after and before != after:
            client.create_tags(Resources=[identifier], Tags=tag_list(after))


class ElasticIp(_Tagged):
    """Ref and the physical id are the address; EC2's operations use the allocation id."""

    type_name = "AWS::EC2::EIP"
    kind = "elastic-ip"
    missing = ("InvalidAllocationID.NotFound",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        address = client.allocate_address(Domain="vpc", **self.specifications(properties))
        return _address(address)

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        address = _find_address(client, physical_id)
        self.retag(client, address["AllocationId"], old, new)
        return _address(address)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        address = _find_address(client, physical_id)
        if address:
            client.release_address(AllocationId=address["AllocationId"])


def _find_address(client: Any, public_ip: str) -> dict[str, Any]:
    addresses = [item for item in client.describe_addresses()["Addresses"] if item["PublicIp"] == public_ip]
    return addresses[0] if addresses else {}


def _address(address: dict[str, Any]) -> Created:
    return address["PublicIp"], {"AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}


class NatGateway(_Tagged):
    """Available before the stack continues; gone before the resources that it uses are deleted."""

    type_name = "AWS::EC2::NatGateway"
    kind = "natgateway"
    missing = ("NatGatewayNotFound",)

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        arguments = members(client, "CreateNatGateway", {key: properties[key] for key in properties if key != "Tags"})
        identifier = client.create_nat_gateway(**arguments, **self.specifications(properties))["NatGateway"][
            "NatGatewayId"
        ]
        until(lambda: _state(client, identifier) == "available")
        return _nat_gateway(client, identifier)

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        self.retag(client, physical_id, old, new)
        return _nat_gateway(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_nat_gateway(NatGatewayId=physical_id)
        until(lambda: _state(client, physical_id) == "deleted")


def _nat_gateway(client: Any, identifier: str) -> Created:
    (gateway,) = client.describe_nat_gateways(NatGatewayIds=[identifier])["NatGateways"]
    return identifier, {
        "NatGatewayId": identifier,
        "EniId": gateway["NatGatewayAddresses"][0]["NetworkInterfaceId"],
    }


def _state(client: Any, identifier: str) -> str:
    return str(client.describe_nat_gateways(NatGatewayIds=[identifier])["NatGateways"][0]["State"])


class FlowLog(_Tagged):
    """The resource has a single resource id, the operation a list."""

    type_name = "AWS::EC2::FlowLog"
    kind = "vpc-flow-log"

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        arguments = {key: properties[key] for key in properties if key not in ("Tags", "ResourceId")}
        response = client.create_flow_logs(
            ResourceIds=[properties["ResourceId"]],
            **members(client, "CreateFlowLogs", arguments),
            **self.specifications(properties),
        )
        (identifier,) = response["FlowLogIds"]
        return identifier, {"Id": identifier}

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        self.retag(client, physical_id, old, new)
        return physical_id, {"Id": physical_id}

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_flow_logs(FlowLogIds=[physical_id])


class VpcEndpoint(_Tagged):
    """Everything except the service and the VPC can change in place."""

    type_name = "AWS::EC2::VPCEndpoint"
    kind = "vpc-endpoint"

    def _create(self, client: Any, name: str, properties: Properties) -> Created:
        del name
        arguments = {key: value for key, value in properties.items() if key != "Tags"}
        if "PolicyDocument" in arguments:
            arguments["PolicyDocument"] = _text(arguments["PolicyDocument"])
        response = client.create_vpc_endpoint(
            **members(client, "CreateVpcEndpoint", arguments), **self.specifications(properties)
        )
        return _endpoint(client, response["VpcEndpoint"]["VpcEndpointId"])

    def _update(self, client: Any, physical_id: str, old: Properties, new: Properties) -> Created:
        changes: dict[str, Any] = {}
        for name in ("RouteTableIds", "SubnetIds", "SecurityGroupIds"):
            before, after = old.get(name) or [], new.get(name) or []
            changes[f"Add{name}"] = [item for item in after if item not in before]
            changes[f"Remove{name}"] = [item for item in before if item not in after]
        changes = {name: value for name, value in changes.items() if value}
        if old.get("PolicyDocument") != new.get("PolicyDocument"):
            document = new.get("PolicyDocument")
            changes |= {"ResetPolicy": True} if document is None else {"PolicyDocument": _text(document)}
        if old.get("PrivateDnsEnabled") != new.get("PrivateDnsEnabled"):
            changes["PrivateDnsEnabled"] = str(new.get("PrivateDnsEnabled", False)).lower() == "true"
        if changes:
            client.modify_vpc_endpoint(VpcEndpointId=physical_id, **changes)
        self.retag(client, physical_id, old, new)
        return _endpoint(client, physical_id)

    def _delete(self, client: Any, physical_id: str, properties: Properties) -> None:
        del properties
        client.delete_vpc_endpoints(VpcEndpointIds=[physical_id])


def _endpoint(client: Any, identifier: str) -> Created:
    (endpoint,) = client.describe_vpc_endpoints(VpcEndpointIds=[identifier])["VpcEndpoints"]
    return identifier, {
        "Id": identifier,
        "CreationTimestamp": endpoint["CreationTimestamp"].isoformat(),
        "DnsEntries": [f"{entry['HostedZoneId']}:{entry['DnsName']}" for entry in endpoint.get("DnsEntries", ())],
        "NetworkInterfaceIds": endpoint.get("NetworkInterfaceIds", []),
    }


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


TYPES = (ElasticIp(), NatGateway(), SecurityGroupIngress(), SecurityGroupEgress(), FlowLog(), VpcEndpoint())

DELETED_BY = {
    "AWS::EC2::InternetGateway": ("DeleteInternetGateway", "InternetGatewayId"),
    "AWS::EC2::RouteTable": ("DeleteRouteTable", "RouteTableId"),
    "AWS::EC2::SecurityGroup": ("DeleteSecurityGroup", "GroupId"),
    "AWS::EC2::Subnet": ("DeleteSubnet", "SubnetId"),
    "AWS::EC2::VPC": ("DeleteVpc", "VpcId"),
}
"""Types that the emulator deletes even when they are in use, and the operation that checks this first."""
