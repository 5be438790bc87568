"""Ways out of the network that nothing takes: NAT gateways and interface endpoints without traffic. Only reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3
from housekeeping_rows import Row
from housekeeping_settings import SETTINGS
from idle_prices import EC2, HOURS, VPC, cost
from metric_values import every_value
from platform_access import ENVIRONMENT

GATEWAY, ENDPOINT = "NAT gateway", "interface endpoint"


def find(now: datetime) -> Iterator[Row]:
    """Yield what had no traffic for `unused_days`, by CloudWatch."""
    ec2, start = boto3.client("ec2"), now - timedelta(days=SETTINGS.unused_days)
    filters = [{"Name": "tag:launchpad:environment", "Values": [ENVIRONMENT.name]}]
    for page in ec2.get_paginator("describe_nat_gateways").paginate(Filter=filters):
        for gateway in page["NatGateways"]:
            if gateway["State"] == "available" and gateway["CreateTime"] <= start and _is_still(gateway, start, now):
                yield _gateway(gateway, start)
    for page in ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=filters):
        for endpoint in page["VpcEndpoints"]:
            is_interface = endpoint["VpcEndpointType"] == "Interface" and endpoint["State"] == "available"
            if is_interface and endpoint["CreationTimestamp"] <= start and _is_unused(endpoint, start, now):
                yield _endpoint(endpoint, start)


def _is_still(gateway: Mapping[str, Any], start: datetime, now: datetime) -> bool:
    """Whether no byte left through it. A NAT gateway reports each minute, so without values nothing is known."""
    dimensions = {"NatGatewayId": gateway["NatGatewayId"]}
    measured = every_value("AWS/NATGateway", "BytesOutToDestination", dimensions, "Sum", start, now)
    return bool(measured) and not any(measured)


def _is_unused(endpoint: Mapping[str, Any], start: datetime, now: datetime) -> bool:
    """Whether no byte went through it; PrivateLink publishes BytesProcessed only for minutes with traffic."""
    dimensions = {
        "Endpoint Type": "Interface",
        "Service Name": endpoint["ServiceName"],
        "VPC Endpoint Id": endpoint["VpcEndpointId"],
        "VPC Id": endpoint["VpcId"],
    }
    return not any(every_value("AWS/PrivateLinkEndpoints", "BytesProcessed", dimensions, "Sum", start, now))


def _gateway(gateway: Mapping[str, Any], start: datetime) -> Row:
    addresses = len([each for each in gateway.get("NatGatewayAddresses", ()) if each.get("PublicIp")])
    parts = [(f"{EC2}/NatGateway-Hours", HOURS), (f"{VPC}/PublicIPv4:InUseAddress", addresses * HOURS)]
    return Row(GATEWAY, gateway["NatGatewayId"], gateway["NatGatewayId"], start, **cost(parts), reason=_reason())


def _endpoint(endpoint: Mapping[str, Any], start: datetime) -> Row:
    service = endpoint["ServiceName"].partition("amazonaws.")[2].partition(".")[2]
    zones = len(endpoint.get("SubnetIds", ()))
    parts = [(f"{VPC}/VpcEndpoint-Hours", zones * HOURS)]
    return Row(ENDPOINT, service, endpoint["VpcEndpointId"], start, **cost(parts), reason=_reason())


def _reason() -> str:
    return f"no traffic for {SETTINGS.unused_days} days"
