"""How a network interface in a VPC reaches an AWS service: through an endpoint of the service, or a NAT gateway.

An interface endpoint with private DNS takes the service's name for the whole VPC, so it is used wherever it exists, as
on AWS. Then come a gateway endpoint's route and a route to a NAT gateway, in the route table of the subnet. Security
groups must let HTTPS through. Not judged: network ACLs, peering, transit gateways and NAT instances (no way here), and
ranges of S3's own addresses in a security group.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from local_aws.ec2 import nat_gateways
from local_aws.ec2.stores import Record, Stores
from local_aws.protocols import VpcNetwork

HTTPS = 443
ANYWHERE = "0.0.0.0/0"


class NoWayError(Exception):
    """The service can't be reached; the message says what is missing."""


def ways(stores: Stores, vpc: VpcNetwork, region: str, service: str) -> list[Record]:
    """The endpoints through which the subnets reach a service, by the name of its endpoint; none are needed with NAT.

    AWS places an instance in any of the subnets, so each of them needs a way. Raises `NoWayError`.
    """
    endpoints: dict[str, Record] = {}
    for subnet in vpc.subnets:
        endpoint = _way(stores, vpc, stores.subnet(subnet), region, service)
        if endpoint:
            endpoints[endpoint["VpcEndpointId"]] = endpoint
    return list(endpoints.values())


def leads_out(stores: Stores, vpc: VpcNetwork) -> bool:
    """Whether each of the subnets has a way to the internet."""
    routed = all(_leads_out(stores, vpc, stores.subnet(subnet)) for subnet in vpc.subnets)
    return routed and _admits_anywhere(_egress(stores, vpc))


def _way(stores: Stores, vpc: VpcNetwork, subnet: Record, region: str, service: str) -> Record | None:
    for endpoint in _endpoints(stores, subnet["VpcId"], service):
        if endpoint["VpcEndpointType"] == "Interface" and endpoint["PrivateDnsEnabled"]:
            _check_interface(stores, vpc, subnet, endpoint)
            return endpoint
    for endpoint in _endpoints(stores, subnet["VpcId"], service):
        routes = _routes(stores, subnet)
        if any(route.get("GatewayId") == endpoint["VpcEndpointId"] for route in routes):
            _check_gateway(stores, vpc, endpoint)
            return endpoint
    if not _leads_out(stores, vpc, subnet):
        kind = "gateway endpoint" if service.endswith(".s3") else "interface endpoint"
        raise NoWayError(
            f"{subnet['SubnetId']} in {region} has no way to it: create the {kind} {service}"
            f"{' with a route in its route table' if kind.startswith('g') else ' with private DNS'}, or a route to a "
            "NAT gateway."
        )
    if not _admits_anywhere(_egress(stores, vpc)):
        raise NoWayError(f"no security group of {_names(vpc.groups)} lets HTTPS out to {ANYWHERE}, as NAT needs.")
    return None


def _endpoints(stores: Stores, vpc_id: str, service: str) -> list[Record]:
    return [
        endpoint
        for endpoint in stores.vpc_endpoints.values()
        if (endpoint["VpcId"], endpoint["ServiceName"], endpoint["State"]) == (vpc_id, service, "available")
    ]


def _check_interface(stores: Stores, vpc: VpcNetwork, subnet: Record, endpoint: Record) -> None:
    name = f"{endpoint['VpcEndpointId']} ({endpoint['ServiceName']})"
    addresses = [
        f"{stores.network_interfaces[interface]['PrivateIpAddress']}/32"
        for interface in endpoint["NetworkInterfaceIds"]
        if interface in stores.network_interfaces
    ]
    if not addresses:
        raise NoWayError(f"{name} has no subnet.")
    groups = [group["GroupId"] for group in endpoint["Groups"]]
    if not _admits(_egress(stores, vpc), groups, addresses):
        raise NoWayError(f"no security group of {_names(vpc.groups)} lets HTTPS out to {name}.")
    ingress = _rules(stores, groups, "IpPermissions")
    if not _admits(ingress, vpc.groups, [subnet["CidrBlock"]]):
        raise NoWayError(f"no security group of {name} lets HTTPS in from {_names(vpc.groups)}.")


def _check_gateway(stores: Stores, vpc: VpcNetwork, endpoint: Record) -> None:
    prefix_list = stores.prefix_list(endpoint["ServiceName"])
    egress = _egress(stores, vpc)
    listed = any(entry["PrefixListId"] == prefix_list for rule in egress for entry in rule.get("PrefixListIds") or ())
    if not listed and not _admits_anywhere(egress):
        raise NoWayError(f"no security group of {_names(vpc.groups)} lets HTTPS out to {prefix_list}.")


def _leads_out(stores: Stores, vpc: VpcNetwork, subnet: Record) -> bool:
    if vpc.public and any(_leads_to_internet(route) for route in _routes(stores, subnet)):
        return True
    gateways = {gateway["NatGatewayId"]: gateway for gateway in nat_gateways.in_use(stores)}
    for route in _routes(stores, subnet):
        gateway = gateways.get(route.get("NatGatewayId", ""))
        if route.get("DestinationCidrBlock") == ANYWHERE and gateway and gateway["State"] == "available":
            return any(_leads_to_internet(out) for out in _routes(stores, stores.subnet(gateway["SubnetId"])))
    return False


def _leads_to_internet(route: Record) -> bool:
    return route.get("DestinationCidrBlock") == ANYWHERE and str(route.get("GatewayId", "")).startswith("igw-")


def _routes(stores: Stores, subnet: Record) -> list[Record]:
    """The routes of the subnet's own route table, or of its VPC's main one."""
    tables = [table for table in stores.route_tables.values() if table["VpcId"] == subnet["VpcId"]]
    own = [table for table in tables if any(a.get("SubnetId") == subnet["SubnetId"] for a in table["Associations"])]
    main = [table for table in tables if any(association.get("Main") for association in table["Associations"])]
    return [route for table in (own or main)[:1] for route in table["Routes"]]


def _egress(stores: Stores, vpc: VpcNetwork) -> list[Record]:
    return _rules(stores, vpc.groups, "IpPermissionsEgress")


def _rules(stores: Stores, groups: Iterable[str], side: str) -> list[Record]:
    """The rules of all groups that concern HTTPS."""
    rules = [rule for group in groups for rule in stores.security_group(group).get(side) or ()]
    return [rule for rule in rules if _concerns_https(rule)]


def _concerns_https(rule: Record) -> bool:
    protocol = str(rule.get("IpProtocol"))
    if protocol == "-1":
        return True
    return protocol in ("tcp", "6") and int(rule.get("FromPort", 0)) <= HTTPS <= int(rule.get("ToPort", 65535))


def _admits(rules: list[Record], groups: Iterable[str], ranges: list[str]) -> bool:
    """Whether the rules name one of the groups, or contain each of the address ranges."""
    peers = {pair.get("GroupId") for rule in rules for pair in rule.get("UserIdGroupPairs") or ()}
    if peers & set(groups):
        return True
    admitted = [ipaddress.ip_network(cidr, strict=False) for cidr in _ranges(rules)]
    return all(
        any(ipaddress.IPv4Network(inner).subnet_of(outer) for outer in admitted if outer.version == 4)
        for inner in ranges
    )


def _admits_anywhere(rules: list[Record]) -> bool:
    return ANYWHERE in _ranges(rules)


def _ranges(rules: list[Record]) -> set[str]:
    return {entry["CidrIp"] for rule in rules for entry in rule.get("IpRanges") or ()}


def _names(groups: Iterable[str]) -> str:
    return ", ".join(groups)
