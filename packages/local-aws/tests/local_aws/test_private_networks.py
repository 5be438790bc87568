"""Training jobs in a VPC: their ways to S3, and the subnets and groups that they name."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_jobs import PlainJobs
from tests.local_aws.private_networks import HTTPS, IDENTITY, NO_WAY, Vpc


def test_a_job_without_a_way_to_s3_gets_no_data(jobs, vpc):
    job = jobs.run(VpcConfig=vpc.config)
    assert job["FailureReason"] == f"ClientError: Data download failed:{NO_WAY}"


def test_a_job_without_a_way_to_s3_leaves_no_model(plain_aws, jobs, vpc):
    algorithm = {"TrainingImage": "plain:1", "TrainingInputMode": "File", "ContainerEntrypoint": ["true"]}
    request = jobs.request("", VpcConfig=vpc.config, AlgorithmSpecification=algorithm)
    del request["InputDataConfig"]
    plain_aws.client("sagemaker").create_training_job(**request)
    job = jobs.wait(request["TrainingJobName"])
    assert job["FailureReason"] == f"ClientError: Artifact upload failed:{NO_WAY}"


def test_the_route_of_a_gateway_endpoint_is_a_way(jobs, vpc):
    endpoint = vpc.add_gateway(routed=False)
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Failed"
    vpc.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[vpc.routes])
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Completed"


def test_the_transfers_of_an_isolated_job_are_judged_too(jobs, vpc):
    job = jobs.run(VpcConfig=vpc.config, EnableNetworkIsolation=True)
    assert NO_WAY in job["FailureReason"]


def test_a_nat_gateway_is_a_way_to_everything(jobs, vpc):
    vpc.add_nat()
    name = jobs.start(IDENTITY, VpcConfig=vpc.config)
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"
    assert jobs.log_lines(name) == ["answered arn:aws:sts::123456789012:assumed-role/training/SageMaker"]


def test_an_interface_endpoint_of_s3_needs_private_dns(jobs, vpc):
    endpoint = vpc.add_interface("s3", private_dns=False)
    assert NO_WAY in jobs.run(VpcConfig=vpc.config)["FailureReason"]
    vpc.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Completed"


def test_each_subnet_needs_a_way(jobs, vpc):
    vpc.add_gateway()
    subnet = vpc.ec2.create_subnet(VpcId=vpc.vpc_id, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]
    config = {**vpc.config, "Subnets": [vpc.subnet, subnet["SubnetId"]]}
    assert NO_WAY in jobs.run(VpcConfig=config)["FailureReason"]


def test_an_interface_endpoint_in_one_zone_serves_the_subnets_of_all(jobs, vpc):
    vpc.add_interface("s3")
    subnet = vpc.ec2.create_subnet(VpcId=vpc.vpc_id, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]
    config = {**vpc.config, "Subnets": [vpc.subnet, subnet["SubnetId"]]}
    assert jobs.run(VpcConfig=config)["TrainingJobStatus"] == "Completed"


def test_the_jobs_group_must_let_https_out(jobs, vpc):
    vpc.add_gateway()
    vpc.close_egress({**HTTPS, "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
    assert NO_WAY in jobs.run(VpcConfig=vpc.config)["FailureReason"]
    (listed,) = [
        route["DestinationPrefixListId"]
        for route in vpc.ec2.describe_route_tables(RouteTableIds=[vpc.routes])["RouteTables"][0]["Routes"]
        if "DestinationPrefixListId" in route
    ]
    allowed = {**HTTPS, "PrefixListIds": [{"PrefixListId": listed}]}
    vpc.ec2.authorize_security_group_egress(GroupId=vpc.group, IpPermissions=[allowed])
    assert jobs.run(VpcConfig=vpc.config)["TrainingJobStatus"] == "Completed"


def refusal(jobs: PlainJobs, config: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as refused:
        jobs.start(VpcConfig=config)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def test_subnets_and_groups_must_exist(jobs, vpc):
    assert "The subnet ID 'subnet-0' does not exist" in refusal(jobs, {**vpc.config, "Subnets": ["subnet-0"]})
    missing = {**vpc.config, "SecurityGroupIds": ["sg-0"]}
    assert "The security group 'sg-0' does not exist" in refusal(jobs, missing)


def test_subnets_and_groups_must_be_in_one_vpc(plain_aws, jobs, vpc):
    other = Vpc.create(plain_aws)
    assert "different networks" in refusal(jobs, {**vpc.config, "Subnets": [vpc.subnet, other.subnet]})
    assert "different networks" in refusal(jobs, {**vpc.config, "SecurityGroupIds": [other.group]})
