"""The network's promises: nothing leaves it but to AWS's services, for this account, unless the config says so."""

from __future__ import annotations

import ipaddress
import json
import shutil

import pytest

from launchpad import paths
from stacks.constructs.isolated_vpc import address_plan
from tests.stacks.inspection import only, resources

EXISTING = {"vpc_id": "vpc-0123456789abcdef0", "subnet_ids": ["subnet-01234567", "subnet-89abcdef"]}


@pytest.fixture(scope="session")
def network(dev):
    return dev["network"]


@pytest.fixture(scope="session")
def with_endpoints(templates):
    return templates(name="dev", region="eu-west-1", network={"interface_endpoints": True})["network"]


def service_names(template):
    """The services that endpoints lead to, without the region in their names."""
    endpoints = resources(template, "AWS::EC2::VPCEndpoint").values()
    return sorted(json.dumps(endpoint["Properties"]["ServiceName"]).strip('"}] ') for endpoint in endpoints)


def test_there_is_no_way_to_the_internet_unless_asked(network):
    kinds = {resource["Type"] for resource in network["Resources"].values()}
    assert kinds.isdisjoint({"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::EIP"})


def test_a_nat_gateways_subnet_gives_instances_no_public_address(templates):
    network = templates(name="dev", region="eu-west-1", network={"nat": True})["network"]
    assert len(resources(network, "AWS::EC2::NatGateway")) == 1
    subnets = resources(network, "AWS::EC2::Subnet").values()
    assert len(subnets) == 3
    assert not any(subnet["Properties"]["MapPublicIpOnLaunch"] for subnet in subnets)


@pytest.mark.parametrize("cidr", ["10.20.0.0/16", "10.20.30.0/24"])
@pytest.mark.parametrize("zones", [2, 3])
def test_subnets_divide_the_vpcs_range_into_valid_sizes(cidr, zones):
    private, public = address_plan(cidr, zones)
    ranges = [ipaddress.IPv4Network(part) for part in (*private, public)]
    assert all(part.subnet_of(ipaddress.IPv4Network(cidr)) for part in ranges)
    assert not any(first.overlaps(second) for first in ranges for second in ranges if first is not second)
    assert all(part.prefixlen <= 28 for part in ranges)


def test_a_zone_more_leaves_the_other_subnets_where_they_are():
    assert address_plan("10.20.0.0/16", 3)[0][:2] == address_plan("10.20.0.0/16", 2)[0]


def test_subnets_are_in_the_zones_that_the_config_names(templates):
    zones = ["us-east-1b", "us-east-1d"]
    network = templates(name="dev", region="us-east-1", network={"zones": zones})["network"]
    subnets = resources(network, "AWS::EC2::Subnet").values()
    assert [subnet["Properties"]["AvailabilityZone"] for subnet in subnets] == zones


def interfaces(network):
    endpoints = resources(network, "AWS::EC2::VPCEndpoint").items()
    return {
        name: each["Properties"] for name, each in endpoints if each["Properties"]["VpcEndpointType"] == "Interface"
    }


def test_aws_services_are_reached_privately_by_their_usual_names(with_endpoints):
    names = service_names(with_endpoints)
    for service in ("sagemaker.api", "sagemaker.runtime", "ecr.api", "ecr.dkr", "logs", "kms", "sts", "monitoring"):
        assert f"com.amazonaws.eu-west-1.{service}" in names
    assert len(interfaces(with_endpoints)) == 8
    assert all(endpoint["PrivateDnsEnabled"] for endpoint in interfaces(with_endpoints).values())


@pytest.mark.parametrize(("keys", "groups"), [({}, 2), ({"network": {"interface_endpoints": False}}, 1)])
def test_without_interface_endpoints_s3_is_still_reached(templates, keys, groups):
    network = templates(name="dev", region="eu-west-1", **keys)["network"]
    assert only(network, "AWS::EC2::VPCEndpoint")["VpcEndpointType"] == "Gateway"
    assert len(resources(network, "AWS::EC2::SecurityGroup")) == groups


def test_all_endpoints_include_the_one_for_browsers_in_the_network(templates):
    keys = {"notebooks": [{"name": "explore"}], "network": {"interface_endpoints": True}}
    network = templates(name="dev", region="eu-west-1", **keys)["network"]
    assert "aws.sagemaker.eu-west-1.notebook" in service_names(network)


@pytest.mark.parametrize(("keys", "zones"), [({}, 2), ({"direct_deploy": True, "allow_serverless": True}, 1)])
def test_endpoints_where_models_are_tried_out_are_in_one_zone(templates, keys, zones):
    network = templates(name="dev", region="eu-west-1", notebooks=[{"name": "explore"}], **keys)["network"]
    assert len(interfaces(network)) == 5
    assert {len(endpoint["SubnetIds"]) for endpoint in interfaces(network).values()} == {zones}
    assert len(resources(network, "AWS::EC2::Subnet")) == 2


def test_what_a_workload_calls_has_an_endpoint(templates, tmp_path):
    shutil.copytree(paths.WORKLOADS / "boston-housing", tmp_path / "boston-housing")
    file = tmp_path / "boston-housing" / "workload.yaml"
    called = "network_isolation: false\n  aws_services: [sts, secretsmanager]"
    file.write_text(file.read_text().replace("network_isolation: true", called, 1))
    network = templates(tmp_path, name="dev", region="eu-west-1")["network"]
    assert {*interfaces(network)} == {"Sts", "Secretsmanager"}
    assert "JobsToEndpointsOut" in resources(network, "AWS::EC2::SecurityGroupEgress")


def test_every_endpoint_with_a_policy_serves_this_account_only(with_endpoints):
    own = {"Ref": "AWS::AccountId"}
    for name, endpoint in resources(with_endpoints, "AWS::EC2::VPCEndpoint").items():
        first, *others = endpoint["Properties"]["PolicyDocument"]["Statement"]
        key = "aws:ResourceAccount" if name == "S3" else "aws:PrincipalAccount"
        assert first["Condition"] == {"StringEquals": {key: own}}
        assert [statement["Sid"] for statement in others] == (["AwsBuckets"] if name == "S3" else [])


def test_of_others_buckets_only_those_of_aws_are_read_and_none_is_written(network):
    policy = resources(network, "AWS::EC2::VPCEndpoint")["S3"]["Properties"]["PolicyDocument"]
    statement = policy["Statement"][1]
    assert statement["Action"] == ["s3:GetObject"]
    assert str(statement["Resource"][0]).count("arn:") == 1
    assert "s3:::prod-eu-west-1-starport-layer-bucket/*" in json.dumps(statement["Resource"])
    assert len(statement["Resource"]) == 1


def test_jobs_talk_to_each_other_and_to_https_and_to_nothing_else(with_endpoints):
    network = with_endpoints
    outward = resources(network, "AWS::EC2::SecurityGroup")["JobSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    assert [(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in outward] == [(443, 443, "tcp")]
    rules = resources(network, "AWS::EC2::SecurityGroupEgress")
    assert sorted(rules) == ["JobsToEndpointsOut", "JobsToJobsOut"]
    assert rules["JobsToEndpointsOut"]["Properties"]["FromPort"] == 443


def test_with_its_prefix_list_jobs_reach_no_address_outside_the_vpc_but_s3(templates):
    network = templates(name="dev", region="eu-west-1", network={"s3_prefix_list": "pl-6da54004"})["network"]
    (rule,) = resources(network, "AWS::EC2::SecurityGroup")["JobSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    assert rule["DestinationPrefixListId"] == "pl-6da54004"
    assert "CidrIp" not in rule


def test_no_group_names_another_inline_so_that_each_can_be_deleted(with_endpoints):
    for group in resources(with_endpoints, "AWS::EC2::SecurityGroup").values():
        assert group["Properties"]["SecurityGroupEgress"]
        assert "SecurityGroupIngress" not in group["Properties"]
        assert "SecurityGroupId" not in json.dumps(group["Properties"]["SecurityGroupEgress"])


def test_nothing_from_outside_the_network_is_admitted(with_endpoints):
    for rule in resources(with_endpoints, "AWS::EC2::SecurityGroupIngress").values():
        assert "SourceSecurityGroupId" in rule["Properties"]
        assert "CidrIp" not in rule["Properties"]


def test_flow_logs_record_all_traffic(network):
    assert only(network, "AWS::EC2::FlowLog")["TrafficType"] == "ALL"


def test_flow_logs_are_encrypted_and_kept_as_the_config_says(network):
    group = only(network, "AWS::Logs::LogGroup")
    assert "KmsKeyId" in group
    assert group["RetentionInDays"] == 90


def test_flow_logs_can_be_left_out(templates):
    network = templates(name="dev", region="eu-west-1", network={"flow_logs": False})["network"]
    assert resources(network, "AWS::EC2::FlowLog") == {}


def test_an_existing_vpc_gets_a_security_group_and_nothing_else(templates):
    environment = templates(name="dev", region="eu-west-1", network={"existing": EXISTING})
    kinds = {resource["Type"] for resource in environment["network"]["Resources"].values()}
    assert kinds == {
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
    }
    for subnet in EXISTING["subnet_ids"]:
        assert subnet in json.dumps(environment["jobs"])
        assert f"subnet/{subnet}" in json.dumps(environment["access"])


def test_every_function_tells_jobs_the_subnets_and_the_group(dev):
    for function in resources(dev["jobs"], "AWS::Lambda::Function").values():
        environment = json.dumps(function["Properties"]["Environment"]["Variables"]["LAUNCHPAD_ENVIRONMENT"])
        assert environment.count("Subnetprivate") == 2
        assert "JobSecurityGroup" in environment


def test_sagemakers_roles_make_interfaces_only_in_these_subnets(dev):
    statements = [
        statement
        for policy in resources(dev["access"], "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "ec2:" in json.dumps(statement["Action"])
    ]
    changing = [statement for statement in statements if "Describe" not in json.dumps(statement["Action"])]
    assert changing
    for statement in changing:
        assert statement["Resource"] != "*"
        text = json.dumps(statement)
        assert "Subnetprivate" in text or "ec2:Vpc" in text
