"""Region, quotas, service-linked roles and registries: what AWS has for the config, and what it allows."""

from __future__ import annotations

import pytest

from launchpad.doctor import linked_roles, quotas, region, registries
from launchpad.quotas.comparison import Finding as QuotaFinding
from launchpad.quotas.demand import Demand
from launchpad.quotas.instance_usage import ENDPOINT, NOTEBOOK, TRAINING
from launchpad.quotas.service import Quota
from tests.unit.doctor.conftest import IMAGE, assembly, only, verdicts

VPC = assembly(("AWS::EC2::VPC", {}))
BASE = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.10.0-cpu-py313"


def zones(*letters):
    described = [{"ZoneName": f"eu-west-1{letter}", "State": "available"} for letter in letters]
    return {"ec2": [("describe_availability_zones", {"AvailabilityZones": described})]}


def test_a_region_with_every_service_is_fine(deploy):
    assert verdicts(region.services(deploy())) == ["ok"]


def test_a_region_that_botocore_does_not_know_is_warned_about(deploy):
    finding = only(region.services(deploy(settings={"region": "me-west-1"})))
    assert (str(finding.status), "sagemaker" in finding.text) == ("warning", True)


@pytest.mark.parametrize(
    ("network", "available", "verdict"),
    [
        ({}, "abc", "ok"),
        ({"availability_zones": 3}, "ab", "problem"),
        ({"zones": ("eu-west-1a", "eu-west-1c")}, "abc", "ok"),
        ({"zones": ("eu-west-1a", "eu-west-1c")}, "ab", "problem"),
    ],
)
def test_the_account_must_have_the_zones(deploy, network, available, verdict):
    assert verdicts(region.zones(deploy(zones(*available), {"network": network}))) == [verdict]


@pytest.mark.parametrize(
    ("vpcs", "letters", "verdict"),
    [("aa", "ab", "ok"), ("ab", "ab", "problem"), ("aa", "aa", "problem")],
    ids=["fine", "another VPC", "one zone"],
)
def test_subnets_of_an_existing_network_are_looked_at(deploy, vpcs, letters, verdict):
    ids = [f"subnet-0000000{number}" for number in range(2)]
    existing = {"vpc_id": "vpc-aaaaaaaa", "subnet_ids": tuple(ids)}
    described = [
        {"SubnetId": ids[number], "VpcId": f"vpc-{vpcs[number] * 8}", "AvailabilityZone": f"eu-west-1{letters[number]}"}
        for number in range(2)
    ]
    answers = {"ec2": [("describe_subnets", {"Subnets": described})]}
    assert verdicts(region.zones(deploy(answers, {"network": {"existing": existing}}))) == [verdict]


def test_a_subnet_that_does_not_exist_is_a_problem(deploy):
    existing = {"vpc_id": "vpc-aaaaaaaa", "subnet_ids": ("subnet-00000000", "subnet-00000001")}
    answers = {"ec2": [("describe_subnets", "InvalidSubnetID.NotFound")]}
    assert verdicts(region.zones(deploy(answers, {"network": {"existing": existing}}))) == ["problem"]


@pytest.mark.parametrize(("labels", "verdict"), [(["emr-7.12.0"], "ok"), ([], "problem")])
def test_a_release_of_emr_must_be_offered(deploy, labels, verdict):
    answers = {"emr": [("list_release_labels", {"ReleaseLabels": labels})]}
    assert verdicts(region.releases(deploy(answers, {"spark_serverless": {}}))) == [verdict]


@pytest.mark.parametrize(("offered", "verdict"), [(["m5.xlarge"], "ok"), ([], "problem")])
def test_instances_of_a_cluster_must_be_offered(deploy, offered, verdict):
    offerings = {"InstanceTypeOfferings": [{"InstanceType": each} for each in offered]}
    settings = {"spark": {"certificates": "spark/tls.zip"}}
    answers = {"ec2": [("describe_instance_type_offerings", offerings)]}
    assert verdicts(region.emr_instances(deploy(answers, settings))) == [verdict]


PIN = {"workload": "boston-housing", "model_data": "s3://dev-models/boston-housing/model.tar.gz"}


@pytest.mark.parametrize(
    ("usage", "count", "allowed", "verdict"),
    [
        (TRAINING, 8, 4, "warning"),
        (NOTEBOOK, 2, 1, "problem"),
        (ENDPOINT, 12, 4, "warning"),
        (ENDPOINT, 12, 1, "problem"),
        (ENDPOINT, 4, 4, "ok"),
    ],
)
def test_only_instances_that_the_deploy_starts_make_it_fail(deploy, monkeypatch, usage, count, allowed, verdict):
    demand = Demand("ml.m5.large", usage, count, ("someone",))
    quota = Quota(demand.quota, "L-1", allowed, adjustable=True)
    monkeypatch.setattr(quotas, "instance_findings", lambda *_: [QuotaFinding(demand, quota, None)])
    pin = {**PIN, "minimum_instances": 2, "maximum_instances": 6, "instance": {"type": "ml.m5.large"}}
    deployment = deploy({"service-quotas": []}, {"endpoints": [pin]})
    finding = only(quotas.instances(deployment))
    assert str(finding.status) == verdict
    assert ("launchpad preflight --env dev --request" in finding.remedy) == (verdict != "ok")


@pytest.mark.parametrize(("used", "verdict"), [(4, "ok"), (5, "problem")])
def test_a_further_vpc_must_be_allowed(deploy, used, verdict):
    answers = {
        "cloudformation": [("describe_stacks", {"Stacks": []})],
        "ec2": [("describe_vpcs", {"Vpcs": [{"VpcId": str(number)} for number in range(used)]})],
        "service-quotas": [("get_service_quota", "NoSuchResourceException")],
    }
    assert verdicts(quotas.network(deploy(answers, assembly=VPC))) == [verdict]


def test_a_raised_quota_counts(deploy):
    answers = {
        "cloudformation": [("describe_stacks", {"Stacks": []})],
        "ec2": [("describe_vpcs", {"Vpcs": [{"VpcId": str(number)} for number in range(5)]})],
        "service-quotas": [("get_service_quota", {"Quota": {"Value": 20.0}})],
    }
    finding = only(quotas.network(deploy(answers, assembly=VPC)))
    assert (str(finding.status), finding.text) == ("ok", "5 of 20 VPCs are in use")


@pytest.mark.parametrize(("others", "verdict"), [(9, "ok"), (10, "problem")])
def test_an_environment_needs_one_more_log_policy(deploy, others, verdict):
    planned = assembly(("AWS::Logs::ResourcePolicy", {"PolicyName": "ours"}))
    policies = [{"policyName": "ours"}, *({"policyName": str(number)} for number in range(others))]
    answers = {"logs": [("describe_resource_policies", {"resourcePolicies": policies})]}
    assert verdicts(quotas.log_policies(deploy(answers, assembly=planned))) == [verdict]


def test_a_missing_service_linked_role_is_made_by_the_deploy(deploy):
    planned = assembly(("AWS::EMR::Cluster", {}), ("AWS::EMRServerless::Application", {}))
    role = {"Path": "/", "RoleName": "a", "RoleId": "A" * 16, "Arn": "arn:aws:iam::1:role/a", "CreateDate": 0}
    answers = {"iam": [("get_role", "NoSuchEntity"), ("get_role", {"Role": role})]}
    texts = [finding.text for finding in linked_roles.roles(deploy(answers, assembly=planned))]
    assert texts == [
        "AWSServiceRoleForAmazonEMRServerless doesn't exist yet; the deploy makes AWS create it",
        "AWSServiceRoleForEMRCleanup exists",
    ]


@pytest.mark.parametrize(
    ("answer", "verdict"), [({"authorizationData": []}, "ok"), ("AccessDeniedException", "problem")]
)
def test_building_takes_a_token_of_the_registry(deploy, answer, verdict):
    deployment = deploy({"ecr": [("get_authorization_token", answer)]}, images=[IMAGE])
    assert verdicts(registries.login(deployment)) == [verdict]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [({"images": [{}]}, "ok"), ({"images": []}, "problem"), ("AccessDeniedException", "problem")],
)
def test_a_base_image_of_aws_must_be_readable(deploy, monkeypatch, answer, verdict):
    monkeypatch.setattr(registries, "base_images", lambda _environment: [BASE])
    deployment = deploy({"ecr": [("batch_get_image", answer)]}, images=[IMAGE])
    assert verdicts(registries.bases(deployment)) == [verdict]
