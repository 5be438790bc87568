"""Taking an environment apart leaves nothing of what CloudFormation doesn't delete, where no data is retained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.local_address import LocalAddress
from launchpad.platform_client.teardown import tear_down
from launchpad.settings import EnvironmentSettings
from tests.end_to_end.conftest import Report, until
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws
from tests.local_aws.plain_jobs import PlainJobs

NAME, BUCKET = "whole", "data-of-the-tests"
TAGS = [{"Key": "launchpad:environment", "Value": NAME}]
ROLE = "arn:aws:iam::123456789012:role/any"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/plain:1"
LOGS = {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}}}
PARAMETERS = {"Vpc": {"Type": "String"}, "Subnet": {"Type": "String"}}
RESOURCES: dict[str, Any] = {
    "Logs": {"Type": "AWS::S3::Bucket"},
    "Data": {"Type": "AWS::S3::Bucket", "Properties": LOGS},
    "Domain": {
        "Type": "AWS::SageMaker::Domain",
        "Properties": {
            "DomainName": NAME,
            "AuthMode": "IAM",
            "DefaultUserSettings": {"ExecutionRole": ROLE},
            "VpcId": {"Ref": "Vpc"},
            "SubnetIds": [{"Ref": "Subnet"}],
        },
    },
    "Profile": {
        "Type": "AWS::SageMaker::UserProfile",
        "Properties": {"DomainId": {"Fn::GetAtt": ["Domain", "DomainId"]}, "UserProfileName": "ada"},
    },
}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, environment=FAST_SERVICES) as local:
        local.client("s3").create_bucket(Bucket=BUCKET)
        yield local


@pytest.fixture(scope="module")
def domain(aws: LocalAws) -> str:
    """The environment's one stack, which is protected; the id of its Studio domain."""
    cloudformation, name = aws.client("cloudformation"), f"launchpad-{NAME}-storage"
    resources = {key: {**resource, "DeletionPolicy": "Delete"} for key, resource in RESOURCES.items()}
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Parameters": PARAMETERS, "Resources": resources}),
        Parameters=[
            {"ParameterKey": "Vpc", "ParameterValue": vpc},
            {"ParameterKey": "Subnet", "ParameterValue": subnet},
        ],
        Tags=TAGS,
        EnableTerminationProtection=True,
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    listed = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return str(next(item["PhysicalResourceId"] for item in listed if item["LogicalResourceId"] == "Domain"))


@pytest.fixture(scope="module")
def report(aws: LocalAws, domain: str) -> Report:
    """What was said while an environment went in which people had worked."""
    sagemaker, jobs = aws.client("sagemaker"), PlainJobs(aws, BUCKET)
    jobs.start("import time; print('begun', flush=True); time.sleep(600)", TrainingJobName=f"{NAME}-job", Tags=TAGS)
    sagemaker.create_model(
        ModelName=f"{NAME}-model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}, Tags=TAGS
    )
    sagemaker.create_model_package_group(ModelPackageGroupName=f"{NAME}-registry", Tags=TAGS)
    sagemaker.create_app(DomainId=domain, UserProfileName="ada", AppType="JupyterServer", AppName="default")
    until(lambda: streams(aws))
    report = Report()
    tear_down(connection(aws, NAME), report, retains=False)
    return report


def connection(aws: LocalAws, name: str) -> Connection:
    return Connection(EnvironmentSettings(name=name, region="us-east-1"), LocalAddress(aws.url, aws.secret))


def streams(aws: LocalAws) -> list[Any]:
    """The streams of the environment's training jobs."""
    logs, group = aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return list(logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{NAME}-")["logStreams"])


def test_the_stack_goes_although_it_is_protected(aws, report):
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks if NAME in stack["StackName"]] == []


def test_what_runs_is_stopped(report):
    assert f"stopped training job {NAME}-job" in report.lines


def test_launched_models_and_the_registry_are_deleted(aws, report):
    sagemaker = aws.client("sagemaker")
    assert sagemaker.list_models(NameContains=NAME)["Models"] == []
    assert sagemaker.list_model_package_groups(NameContains=NAME)["ModelPackageGroupSummaryList"] == []


def test_the_work_of_studio_is_deleted_before_its_domain(aws, report):
    assert "deleted application JupyterServer default" in report.lines
    assert aws.client("sagemaker").list_domains()["Domains"] == []


def test_the_logs_of_jobs_are_deleted(aws, report):
    assert "deleted 1 logs of jobs and endpoints" in report.lines
    assert streams(aws) == []


def test_access_logs_are_stopped_before_buckets_are_emptied(report):
    (stopped,) = [number for number, line in enumerate(report.lines) if line.startswith("stopped the access log")]
    emptied = [number for number, line in enumerate(report.lines) if line.startswith("emptied bucket")]
    assert len(emptied) == 2
    assert "-logs-" in report.lines[emptied[-1]]  # until then the other bucket's last requests may be logged in it
    assert stopped < min(emptied)


def test_a_stack_that_is_being_created_is_waited_for(aws):
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    signal = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "3"},
    }
    begun = connection(aws, "begun")
    cloudformation = begun.client("cloudformation")
    cloudformation.describe_stacks()  # connects, so that the seconds below are those of the stack
    stack = cloudformation.create_stack(
        StackName="launchpad-begun-jobs",
        TemplateBody=json.dumps({"Resources": {"Handle": handle, "Signal": signal}}),
        Tags=[{"Key": "launchpad:environment", "Value": "begun"}],
    )["StackId"]
    waiting = Details()
    tear_down(begun, waiting, retains=False)
    assert waiting.details[0] == "waiting for launchpad-begun-jobs (CREATE_IN_PROGRESS)"
    assert cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


class Details(Report):
    """Also notes what was done meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.details: list[str] = []

    def __setattr__(self, name: str, text: Any) -> None:
        super().__setattr__(name, text)
        if name == "detail":
            self.details.append(text)
