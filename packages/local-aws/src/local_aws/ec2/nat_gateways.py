"""NAT gateways: pending at first, with an address that they hold until they are deleted."""

from __future__ import annotations

import time

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.ec2.stores import Record, Stores, matches, new_id, now

TRANSITION_SECONDS = 0.2
"""How long it stays pending, and deleting; a minute or two on AWS."""
FILTERS = {"nat-gateway-id": "NatGatewayId", "state": "State", "subnet-id": "SubnetId", "vpc-id": "VpcId"}


def create(stores: Stores, scope: Scope, request: Record) -> Record:
    """CreateNatGateway."""
    subnet = stores.subnet(request["SubnetId"])
    kind = request.get("ConnectivityType", "public")
    address = _free_address(stores, request) if kind == "public" else None
    identifier = new_id("nat")
    interface = stores.add_interface(
        scope, subnet["SubnetId"], [], f"Interface for NAT Gateway {identifier}", "nat_gateway"
    )
    gateway_address = {
        "NetworkInterfaceId": interface["NetworkInterfaceId"],
        "PrivateIp": interface["PrivateIpAddress"],
        "IsPrimary": True,
        "Status": "succeeded",
    }
    if address:
        address["AssociationId"] = new_id("eipassoc")
        address["NetworkInterfaceId"] = interface["NetworkInterfaceId"]
        address["PrivateIpAddress"] = interface["PrivateIpAddress"]
        gateway_address |= {name: address[name] for name in ("AllocationId", "PublicIp", "AssociationId")}
    record = {
        "NatGatewayId": identifier,
        "SubnetId": subnet["SubnetId"],
        "VpcId": subnet["VpcId"],
        "State": "pending",
        "ConnectivityType": kind,
        "CreateTime": now(),
        "NatGatewayAddresses": [gateway_address],
        "_settles": time.monotonic() + TRANSITION_SECONDS,
    }
    stores.nat_gateways[identifier] = record
    stores.tag_new(request, identifier)
    return {"NatGateway": stores.tagged(record, identifier)}


def describe(stores: Stores, _scope: Scope, request: Record) -> Record:
    """DescribeNatGateways: like EC2, includes a deleted gateway for a while."""
    identifiers = request.get("NatGatewayIds")
    records = [_get(stores, name) for name in identifiers] if identifiers else list(stores.nat_gateways.values())
    gateways = [stores.tagged(_settled(stores, record), record["NatGatewayId"]) for record in records]
    return {"NatGateways": [record for record in gateways if matches(record, request.get("Filter"), FILTERS)]}


def delete(stores: Stores, _scope: Scope, request: Record) -> Record:
    """DeleteNatGateway: its address is free again once it is deleted."""
    record = _settled(stores, _get(stores, request["NatGatewayId"]))
    if record["State"] not in ("deleting", "deleted"):
        record.update(State="deleting", _settles=time.monotonic() + TRANSITION_SECONDS)
    return {"NatGatewayId": record["NatGatewayId"]}


def in_use(stores: Stores) -> list[Record]:
    """All NAT gateways that are not deleted."""
    records = [_settled(stores, record) for record in list(stores.nat_gateways.values())]
    return [record for record in records if record["State"] != "deleted"]


def _free_address(stores: Stores, request: Record) -> Record:
    if "AllocationId" not in request:
        raise AwsError("MissingParameter", "The request must contain the parameter AllocationId")
    address = stores.address(request["AllocationId"])
    if address.get("AssociationId"):
        raise AwsError(
            "Resource.AlreadyAssociated", f"Elastic IP address [{address['AllocationId']}] is already associated"
        )
    return address


def _get(stores: Stores, identifier: str) -> Record:
    record: Record | None = stores.nat_gateways.get(identifier)
    if record is None:
        raise AwsError("NatGatewayNotFound", f"NAT gateway {identifier} was not found")
    return record


def _settled(stores: Stores, record: Record) -> Record:
    if record.get("_settles", 0) > time.monotonic():
        return record
    if record["State"] == "pending":
        record["State"] = "available"
    elif record["State"] == "deleting":
        record.update(State="deleted", DeleteTime=now())
        _let_go(stores, record)
    return record


def _let_go(stores: Stores, record: Record) -> None:
    for gateway_address in record["NatGatewayAddresses"]:
        stores.remove_interfaces([gateway_address["NetworkInterfaceId"]])
        address = stores.addresses.get(gateway_address.get("AllocationId", ""))
        if address:
            address.update(AssociationId=None, NetworkInterfaceId=None, PrivateIpAddress=None)
