"""A VPC with what the general emulator lacks: deployed, updated, protected by its dependencies, and gone again."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.networks import get, group, ref, resource, role, s3_gateway, vpc

NOTHING = {"Version": "2012-10-17", "Statement": []}


@pytest.fixture
def ec2(plain_aws):
    return plain_aws.client("ec2")


def outward():
    """A NAT gateway, with the address and the internet gateway that it needs."""
    return {
        "Internet": resource("EC2::InternetGateway"),
        "Attachment": resource("EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Internet")),
        "Address": resource("EC2::EIP", after=("Attachment",), Domain="vpc"),
        "Nat": resource("EC2::NatGateway", SubnetId=ref("Subnet"), AllocationId=get("Address", "AllocationId")),
        "Out": resource(
            "EC2::Route", RouteTableId=ref("Routes"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat")
        ),
    }


def interface_endpoint(**properties):
    return resource(
        "EC2::VPCEndpoint",
        VpcId=ref("Vpc"),
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.sagemaker.api",
        SubnetIds=[ref("Subnet")],
        **properties,
    )


def found(ec2, stack, name):
    (endpoint,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[stack.outputs()[name]])["VpcEndpoints"]
    return endpoint


def test_a_nat_gateway_has_its_address_until_it_is_deleted(stack, ec2):
    outputs = {"Nat": ref("Nat"), "Address": ref("Address"), "Allocation": get("Address", "AllocationId")}
    assert stack.apply({**vpc(), **outward()}, outputs) == "CREATE_COMPLETE"
    values = stack.outputs()
    (gateway,) = ec2.describe_nat_gateways(NatGatewayIds=[values["Nat"]])["NatGateways"]
    assert gateway["State"] == "available"
    (gateway_address,) = gateway["NatGatewayAddresses"]
    assert (gateway_address["PublicIp"], gateway_address["AllocationId"]) == (values["Address"], values["Allocation"])
    with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
        ec2.release_address(AllocationId=values["Allocation"])
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match=r"InvalidAllocationID\.NotFound"):
        ec2.release_address(AllocationId=values["Allocation"])


def test_an_interface_endpoint_changes_in_place(stack, ec2):
    parts = {**vpc(EnableDnsHostnames=True, EnableDnsSupport=True), "One": group("one"), "Two": group("two")}
    first_version = interface_endpoint(SecurityGroupIds=[ref("One")], PrivateDnsEnabled=True, PolicyDocument=NOTHING)
    outputs = {"Endpoint": ref("Endpoint"), "Two": get("Two", "GroupId")}
    assert stack.apply({**parts, "Endpoint": first_version}, outputs) == "CREATE_COMPLETE"
    endpoint = found(ec2, stack, "Endpoint")
    assert endpoint["PrivateDnsEnabled"]
    assert "api.sagemaker.us-east-1.amazonaws.com" in [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    assert json.loads(endpoint["PolicyDocument"]) == NOTHING
    changed = interface_endpoint(SecurityGroupIds=[ref("Two")], PrivateDnsEnabled=True)
    assert stack.apply({**parts, "Endpoint": changed}, outputs) == "UPDATE_COMPLETE"
    after = found(ec2, stack, "Endpoint")
    assert after["VpcEndpointId"] == endpoint["VpcEndpointId"]
    assert [item["GroupId"] for item in after["Groups"]] == [stack.outputs()["Two"]]
    assert json.loads(after["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_private_names_need_the_vpcs_dns_attributes(stack):
    endpoint = interface_endpoint(PrivateDnsEnabled=True)
    assert stack.apply({**vpc(EnableDnsHostnames=False), "Endpoint": endpoint}) == "ROLLBACK_COMPLETE"
    assert any("Enabling private DNS requires" in reason for reason in stack.reasons())


def test_a_gateway_endpoint_has_a_route_in_its_tables(stack, ec2):
    outputs = {"Routes": ref("Routes"), "S3": ref("S3")}
    assert stack.apply({**vpc(), **s3_gateway()}, outputs) == "CREATE_COMPLETE"
    (table,) = ec2.describe_route_tables(RouteTableIds=[stack.outputs()["Routes"]])["RouteTables"]
    assert stack.outputs()["S3"] in [route.get("GatewayId") for route in table["Routes"]]


@pytest.mark.parametrize("service", ["com.amazonaws.eu-west-1.sts", "com.amazonaws.us-east-1.", "sts"])
def test_an_endpoint_of_no_service_fails_the_stack(stack, service):
    endpoint = resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), VpcEndpointType="Interface", ServiceName=service)
    assert stack.apply({**vpc(), "Endpoint": endpoint}) == "ROLLBACK_COMPLETE"
    assert any("does not exist" in reason for reason in stack.reasons())


def test_a_flow_log_is_replaced_when_its_properties_change(stack, ec2):
    def flow_log(traffic):
        return resource(
            "EC2::FlowLog",
            ResourceId=ref("Vpc"),
            ResourceType="VPC",
            TrafficType=traffic,
            LogGroupName=ref("Log"),
            DeliverLogsPermissionArn=get("Role", "Arn"),
            MaxAggregationInterval=60,
        )

    parts = {**vpc(), "Log": resource("Logs::LogGroup"), "Role": role("vpc-flow-logs.amazonaws.com")}
    assert stack.apply({**parts, "Flow": flow_log("ALL")}, {"Flow": ref("Flow")}) == "CREATE_COMPLETE"
    first = stack.outputs()["Flow"]
    (log,) = ec2.describe_flow_logs(FlowLogIds=[first])["FlowLogs"]
    assert (log["TrafficType"], log["MaxAggregationInterval"], log["FlowLogStatus"]) == ("ALL", 60, "ACTIVE")
    assert stack.apply({**parts, "Flow": flow_log("REJECT")}, {"Flow": ref("Flow")}) == "UPDATE_COMPLETE"
    assert stack.outputs()["Flow"] != first
    assert ec2.describe_flow_logs(FlowLogIds=[first])["FlowLogs"] == []


def test_groups_that_name_each_other_in_rules_can_be_deleted(stack, ec2):
    pairs = {
        "OneIn": resource(
            "EC2::SecurityGroupIngress",
            GroupId=ref("One"),
            SourceSecurityGroupId=ref("Two"),
            IpProtocol="tcp",
            FromPort="443",
            ToPort=443,
        ),
        "TwoOut": resource(
            "EC2::SecurityGroupEgress",
            GroupId=ref("Two"),
            DestinationSecurityGroupId=ref("One"),
            IpProtocol="-1",
        ),
    }
    outputs = {"One": get("One", "GroupId"), "Two": get("Two", "GroupId")}
    groups = {**vpc(), "One": group("one"), "Two": group("two")}
    assert stack.apply({**groups, **pairs}, outputs) == "CREATE_COMPLETE"
    for name in ("One", "Two"):
        with pytest.raises(ClientError, match="DependencyViolation"):
            ec2.delete_security_group(GroupId=stack.outputs()[name])
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_rule_made_outside_keeps_a_group_from_deletion_until_it_is_gone(stack, ec2):
    outputs = {"One": get("One", "GroupId"), "Two": get("Two", "GroupId")}
    assert stack.apply({**vpc(), "One": group("one"), "Two": group("two")}, outputs) == "CREATE_COMPLETE"
    group_ids = stack.outputs()
    permission = [
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "UserIdGroupPairs": [{"GroupId": group_ids["Two"]}]}
    ]
    ec2.authorize_security_group_ingress(GroupId=group_ids["One"], IpPermissions=permission)
    ec2.authorize_security_group_ingress(
        GroupId=group_ids["Two"], IpPermissions=[{**permission[0], "UserIdGroupPairs": [{"GroupId": group_ids["One"]}]}]
    )
    assert stack.delete() == "DELETE_FAILED"
    assert any("has a dependent object" in reason for reason in stack.reasons())
    ec2.revoke_security_group_ingress(GroupId=group_ids["One"], IpPermissions=permission)
    ec2.revoke_security_group_ingress(
        GroupId=group_ids["Two"], IpPermissions=[{**permission[0], "UserIdGroupPairs": [{"GroupId": group_ids["One"]}]}]
    )
    assert stack.delete() == "DELETE_COMPLETE"


def test_what_is_in_use_is_not_deleted(stack, ec2):
    outputs = {"Vpc": ref("Vpc"), "Subnet": ref("Subnet"), "Routes": ref("Routes"), "Internet": ref("Internet")}
    assert stack.apply({**vpc(), **outward()}, outputs) == "CREATE_COMPLETE"
    identifiers = stack.outputs()
    for call in (
        lambda: ec2.delete_subnet(SubnetId=identifiers["Subnet"]),
        lambda: ec2.delete_route_table(RouteTableId=identifiers["Routes"]),
        lambda: ec2.delete_internet_gateway(InternetGatewayId=identifiers["Internet"]),
        lambda: ec2.detach_internet_gateway(InternetGatewayId=identifiers["Internet"], VpcId=identifiers["Vpc"]),
        lambda: ec2.delete_vpc(VpcId=identifiers["Vpc"]),
    ):
        with pytest.raises(ClientError, match="DependencyViolation"):
            call()


def test_an_unknown_property_of_the_emulators_own_types_is_refused_too(stack):
    assert stack.apply({"Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16", Colour="red")}) == "ROLLBACK_COMPLETE"
    assert any("extraneous key [Colour] is not permitted" in reason for reason in stack.reasons())


def test_tags_of_template_and_stack_follow_their_changes(stack, ec2):
    def address(**tags):
        return {"Address": resource("EC2::EIP", Tags=[{"Key": key, "Value": tags[key]} for key in tags])}

    outputs = {"Allocation": get("Address", "AllocationId")}
    stack.apply(address(Name="one", team="a"), outputs)
    stack.apply(address(Name="two"), outputs)
    (description,) = ec2.describe_addresses(AllocationIds=[stack.outputs()["Allocation"]])["Addresses"]
    tags = {tag["Key"]: tag["Value"] for tag in description["Tags"]}
    assert tags["Name"] == "two"
    assert "team" not in tags
    assert tags["aws:cloudformation:stack-name"] == stack.name
