"""Leftover stacks are deleted in the order of their imports; what can't be deleted or is kept is reported."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from launchpad.updates.deployed import DeployedStack, deployed_stacks
from launchpad.updates.leftovers import Deletion, delete_stacks
from tests.end_to_end.conftest import until
from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import FAST_SERVICES, LocalAws, running_local_aws

QUEUE = {"Type": "AWS::SQS::Queue"}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running_local_aws(*PLAIN, environment=FAST_SERVICES) as server:
        yield server


@pytest.fixture
def cloudformation(aws: LocalAws) -> Any:
    return aws.client("cloudformation")


@pytest.fixture
def stacks(cloudformation):
    """A function from templates, by their parts, to deployed stacks of an environment, all of them protected."""
    environment = f"e{uuid.uuid4().hex[:8]}"

    def deploy(**templates: dict[str, Any]) -> dict[str, DeployedStack]:
        for part, template in templates.items():
            name = f"launchpad-{environment}-{part}"
            cloudformation.create_stack(
                StackName=name, TemplateBody=json.dumps(template), EnableTerminationProtection=True
            )
            until(lambda name=name: status(cloudformation, name) == "CREATE_COMPLETE")
        return deployed_stacks(cloudformation, environment)

    return deploy


def status(cloudformation, name):
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def exporting(name: str) -> dict[str, Any]:
    output = {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": name}}
    return {"Resources": {"Queue": QUEUE}, "Outputs": {"Queue": output}}


def importing(name: str, **resources: Any) -> dict[str, Any]:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": name}}}
    return {"Resources": {"Topic": topic, **resources}}


def deletions(cloudformation, stacks) -> list[Deletion]:
    return list(delete_stacks(cloudformation, stacks, poll_seconds=0.05))


def test_what_imports_is_deleted_before_what_exports(cloudformation, stacks):
    leftovers = stacks(tracking=exporting("order"), endpoint=importing("order"))
    results = [(each.stack.rpartition("-")[2], each.failure) for each in deletions(cloudformation, leftovers)]
    assert results == [("endpoint", ""), ("tracking", "")]


def test_a_failure_is_reported_and_holds_only_what_it_imports(aws, cloudformation, stacks):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    full = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}}
    leftovers = stacks(
        tracking=exporting("failure"), endpoint=importing("failure", Full=full), studio={"Resources": {"Queue": QUEUE}}
    )
    aws.client("s3").put_object(Bucket=bucket, Key="work", Body=b"")
    failures = {each.stack.rpartition("-")[2]: each.failure for each in deletions(cloudformation, leftovers)}
    assert failures.keys() == {"tracking", "endpoint", "studio"}
    assert "Full: " in failures["endpoint"]
    assert "not empty" in failures["endpoint"]
    assert failures["tracking"].startswith("still used by launchpad-")
    assert failures["studio"] == ""


def test_an_export_that_another_stack_imports_is_reported(cloudformation, stacks):
    both = stacks(tracking=exporting("living"), jobs=importing("living"))
    leftover = {name: stack for name, stack in both.items() if name.endswith("tracking")}
    (deletion,) = deletions(cloudformation, leftover)
    assert "living" in deletion.failure


def test_what_a_retain_policy_keeps_is_named(cloudformation, stacks):
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": bucket}}
    (deletion,) = deletions(cloudformation, stacks(studio={"Resources": {"Kept": kept}}))
    assert (deletion.retained, deletion.failure) == ((f"AWS::S3::Bucket {bucket}",), "")


def test_a_domain_in_which_people_worked_stays_with_a_remedy(aws, cloudformation, stacks):
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.6.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.6.0.0/24")["Subnet"]["SubnetId"]
    properties = {
        "DomainName": "people",
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::123456789012:role/any"},
        "VpcId": vpc,
        "SubnetIds": [subnet],
    }
    profile = {"DomainId": {"Fn::GetAtt": ["Domain", "DomainId"]}, "UserProfileName": "ada"}
    domain = {"Type": "AWS::SageMaker::Domain", "Properties": properties}
    ada = {"Type": "AWS::SageMaker::UserProfile", "Properties": profile}
    leftover = stacks(studio={"Resources": {"Domain": domain, "Profile": ada}})
    sagemaker = aws.client("sagemaker")
    identifier = sagemaker.list_domains()["Domains"][0]["DomainId"]
    app = {"DomainId": identifier, "UserProfileName": "ada", "AppType": "JupyterServer", "AppName": "default"}
    sagemaker.create_app(**app)
    (deletion,) = deletions(cloudformation, leftover)
    assert "Unable to delete Domain" in deletion.failure
    assert f"aws sagemaker list-apps --domain-id-equals {identifier}" in deletion.failure
