"""Removing an environment by what is deployed alone: its app no longer has the stacks, or its config is gone.

The stacks are small ones of the tests: what is proven is which of them go, in which order, and what stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.conftest import Checkout, Platform
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws

TAG = "launchpad:environment"
REMOVE = ("destroy", "--yes", "--region", "us-east-1", "--account", "123456789012")


@pytest.fixture(scope="module")
def platform(checkout: Checkout) -> Iterator[Platform]:
    """A local AWS to which nothing is deployed."""
    with running_local_aws(*PLAIN, environment=FAST_SERVICES) as aws:
        yield Platform(checkout, aws)


def deploy(aws: LocalAws, name: str, environment: str, resources: dict[str, Any], **outputs: Any) -> None:
    """Create a stack with the environment's tag; each output is exported under its own name."""
    cloudformation = aws.client("cloudformation")
    exports = {key: {"Value": value, "Export": {"Name": f"{name}-{key}"}} for key, value in outputs.items()}
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": resources, **({"Outputs": exports} if exports else {})}),
        Tags=[{"Key": TAG, "Value": environment}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def queue(name: Any = None, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name} if name else {}, **attributes}


def bucket(policy: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": policy,
        "Properties": {"VersioningConfiguration": {"Status": "Enabled"}, **properties},
    }


def deploy_pair(aws: LocalAws, environment: str, policy: str) -> str:
    """A stack with a bucket, and one that imports from it; the bucket's name."""
    storage, jobs = f"launchpad-{environment}-storage", f"launchpad-{environment}-jobs"
    deploy(aws, storage, environment, {"Data": bucket(policy)}, Name={"Ref": "Data"})
    deploy(aws, jobs, environment, {"Queue": queue({"Fn::ImportValue": f"{storage}-Name"})})
    resources = aws.client("cloudformation").list_stack_resources(StackName=storage)["StackResourceSummaries"]
    return str(resources[0]["PhysicalResourceId"])


def stacks(aws: LocalAws, environment: str) -> list[str]:
    names = [stack["StackName"] for stack in aws.client("cloudformation").describe_stacks()["Stacks"]]
    return sorted(name for name in names if name.startswith(f"launchpad-{environment}-"))


def test_an_environment_without_a_file_goes_importers_first(platform):
    deploy(platform.aws, "launchpad-gone-github", "gone", {"Queue": queue(DeletionPolicy="Delete")})
    name = deploy_pair(platform.aws, "gone", "Delete")
    platform.client("s3").put_object(Bucket=name, Key="rows.csv", Body=b"1")
    output = platform.succeeds(*REMOVE, "--env", "gone")
    order = [line.split()[0] for line in output.splitlines() if line.startswith("    launchpad-")]
    assert order == ["launchpad-gone-jobs", "launchpad-gone-storage", "launchpad-gone-github"]
    assert stacks(platform.aws, "gone") == []
    assert name not in [item["Name"] for item in platform.client("s3").list_buckets()["Buckets"]]


def test_stacks_that_retain_keep_an_environment_without_a_file(platform):
    name = deploy_pair(platform.aws, "kept", "Retain")
    refusal = platform(*REMOVE, "--env", "kept")
    assert refusal.returncode == 1
    assert "--leave-data" in refusal.stderr
    assert len(stacks(platform.aws, "kept")) == 2
    output = platform.succeeds(*REMOVE, "--env", "kept", "--leave-data")
    assert stacks(platform.aws, "kept") == []
    assert name in output
    assert "by the gigabyte" in output
    assert name in [item["Name"] for item in platform.client("s3").list_buckets()["Buckets"]]


def test_stacks_that_say_nothing_count_as_retaining(platform):
    deploy(platform.aws, "launchpad-silent-jobs", "silent", {"Queue": queue()})
    assert "retains its data" in platform(*REMOVE, "--env", "silent").stderr


def test_a_config_that_contradicts_what_is_deployed_is_refused(platform):
    deploy(platform.aws, "launchpad-local-jobs", "local", {"Queue": queue(DeletionPolicy="Retain")})
    result = platform("destroy", "--yes")
    assert "`retain_data: false`, but what is deployed retains its data; deploy first" in result.stderr


def test_a_foreign_stack_of_a_similar_name_stays(platform):
    deploy(platform.aws, "launchpad-mine-jobs", "mine", {"Queue": queue(DeletionPolicy="Delete")})
    deploy(platform.aws, "launchpad-mine-tools", "theirs", {"Queue": queue()})
    platform.succeeds(*REMOVE, "--env", "mine")
    assert stacks(platform.aws, "mine") == ["launchpad-mine-tools"]


def test_a_foreign_stack_that_imports_is_named_before_anything_goes(platform):
    deploy_pair(platform.aws, "used", "Delete")
    deploy(platform.aws, "theirs", "none", {"Queue": queue({"Fn::ImportValue": "launchpad-used-storage-Name"})})
    result = platform(*REMOVE, "--env", "used")
    assert "theirs imports from launchpad-used-storage" in result.stderr
    assert len(stacks(platform.aws, "used")) == 2


def test_a_stack_with_the_tag_on_its_resources_only_goes_too(platform):
    tagged = queue(DeletionPolicy="Delete")
    tagged["Properties"]["Tags"] = [{"Key": TAG, "Value": "older"}]
    cloudformation = platform.client("cloudformation")
    cloudformation.create_stack(
        StackName="launchpad-older-jobs", TemplateBody=json.dumps({"Resources": {"Queue": tagged}})
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="launchpad-older-jobs")
    platform.succeeds(*REMOVE, "--env", "older")
    assert stacks(platform.aws, "older") == []


def test_a_protected_stack_goes_where_its_data_is_left(platform):
    deploy(platform.aws, "launchpad-safe-jobs", "safe", {"Queue": queue(DeletionPolicy="Retain")})
    platform.client("cloudformation").update_termination_protection(
        StackName="launchpad-safe-jobs", EnableTerminationProtection=True
    )
    platform.succeeds(*REMOVE, "--env", "safe", "--leave-data")
    assert stacks(platform.aws, "safe") == []


def test_notebooks_that_stay_in_the_network_are_named_before_anything_goes(platform):
    notebook = {
        "Type": "AWS::SageMaker::NotebookInstance",
        "DeletionPolicy": "Retain",
        "Properties": {
            "NotebookInstanceName": "desk-team",
            "InstanceType": "ml.t3.medium",
            "RoleArn": "arn:aws:iam::123456789012:role/any",
            "SubnetId": {"Ref": "Subnet"},
            "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
        },
    }
    network = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.0.0/24"}},
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "notebooks", "VpcId": {"Ref": "Vpc"}},
        },
    }
    deploy(platform.aws, "launchpad-desk-notebooks", "desk", {**network, "Notebook": notebook})
    result = platform(*REMOVE, "--env", "desk", "--leave-data")
    assert "delete-notebook-instance --notebook-instance-name desk-team" in result.stderr
    assert stacks(platform.aws, "desk") == ["launchpad-desk-notebooks"]
    sagemaker = platform.client("sagemaker")
    sagemaker.stop_notebook_instance(NotebookInstanceName="desk-team")
    sagemaker.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName="desk-team", WaiterConfig={"Delay": 1})
    sagemaker.delete_notebook_instance(NotebookInstanceName="desk-team")
    sagemaker.get_waiter("notebook_instance_deleted").wait(NotebookInstanceName="desk-team", WaiterConfig={"Delay": 1})
    platform.succeeds(*REMOVE, "--env", "desk", "--leave-data")
    assert stacks(platform.aws, "desk") == []


def test_a_misspelt_environment_is_an_error(platform):
    result = platform(*REMOVE, "--env", "stagin")
    assert result.returncode == 1
    assert "no environment 'stagin'" in result.stderr


def test_an_option_that_contradicts_the_file_is_refused(platform):
    result = platform("destroy", "--yes", "--env", "local", "--region", "eu-west-1")
    assert "config/local.yaml says us-east-1" in result.stderr
