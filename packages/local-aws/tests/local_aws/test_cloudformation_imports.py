"""Existing resources that a change set takes into a stack, as CloudFormation's `ImportExistingResources` does."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import WaiterError

from tests.local_aws.pushed_images import push_image

REPOSITORY = "AWS::ECR::Repository"
SERVER, APP = "AWS::SageMaker::MlflowTrackingServer", "AWS::SageMaker::MlflowApp"
ENDPOINT = "AWS::SageMaker::Endpoint"


@pytest.fixture
def name():
    return f"named-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def repository(plain_aws, name):
    """A repository that no stack has, and what a template says of it."""
    plain_aws.client("ecr").create_repository(repositoryName=name)
    return {"Type": REPOSITORY, "DeletionPolicy": "RetainExceptOnCreate", "Properties": {"RepositoryName": name}}


@pytest.fixture
def server(plain_aws, name):
    """A tracking server that no stack has, and what a template says of it."""
    properties = {
        "TrackingServerName": name,
        "ArtifactStoreUri": "s3://artifacts/mlflow",
        "RoleArn": "arn:aws:iam::123456789012:role/mlflow",
    }
    plain_aws.client("sagemaker").create_mlflow_tracking_server(**properties)
    return {"Type": SERVER, "DeletionPolicy": "Retain", "Properties": properties}


def change_set(aws, name, resource, **members):
    """Create a change set of a new stack, and wait until it can be executed."""
    cloudformation = aws.client("cloudformation")
    body = {"Resources": {"Named": resource}, "Outputs": {"Name": {"Value": {"Ref": "Named"}}}}
    cloudformation.create_change_set(
        StackName=name, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(body), **members
    )
    cloudformation.get_waiter("change_set_create_complete").wait(
        StackName=name, ChangeSetName="first", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    return cloudformation.describe_change_set(StackName=name, ChangeSetName="first")


def execute(aws, name):
    cloudformation = aws.client("cloudformation")
    cloudformation.execute_change_set(StackName=name, ChangeSetName="first")
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]


@pytest.mark.parametrize("kind", ["repository", "server"])
def test_an_existing_resource_is_imported_by_its_name(plain_aws, name, kind, request):
    resource = request.getfixturevalue(kind)
    changes = change_set(plain_aws, name, resource, ImportExistingResources=True)["Changes"]
    assert [change["ResourceChange"]["Action"] for change in changes] == ["Import"]
    assert execute(plain_aws, name) == name


def test_an_imported_repository_keeps_its_images(plain_aws, name, repository):
    ecr = plain_aws.client("ecr")
    push_image(ecr, name, "kept")
    change_set(plain_aws, name, repository, ImportExistingResources=True)
    execute(plain_aws, name)
    assert ecr.describe_images(repositoryName=name)["imageDetails"][0]["imageTags"] == ["kept"]


def test_a_resource_that_is_not_retained_is_not_imported(plain_aws, name, repository):
    with pytest.raises(WaiterError) as refusal:
        change_set(plain_aws, name, {**repository, "DeletionPolicy": "Delete"}, ImportExistingResources=True)
    reason = refusal.value.last_response["StatusReason"]
    assert "must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate'" in reason


def test_without_the_member_an_existing_resource_fails_the_stack(plain_aws, name, repository):
    change_set(plain_aws, name, repository)
    with pytest.raises(WaiterError, match="ROLLBACK"):
        execute(plain_aws, name)
    assert plain_aws.client("ecr").describe_repositories(repositoryNames=[name])["repositories"]


def test_an_existing_app_is_imported_by_its_arn(plain_aws, name):
    properties = {
        "Name": name,
        "ArtifactStoreUri": "s3://artifacts/mlflow",
        "RoleArn": "arn:aws:iam::123456789012:role/mlflow",
    }
    arn = plain_aws.client("sagemaker").create_mlflow_app(**properties)["Arn"]
    template = {"Resources": {"Named": {"Type": APP, "DeletionPolicy": "Retain", "Properties": properties}}}
    entry = {"ResourceType": APP, "LogicalResourceId": "Named", "ResourceIdentifier": {"Arn": arn}}
    cloudformation = plain_aws.client("cloudformation")
    names = {"StackName": name, "ChangeSetName": "first"}
    cloudformation.create_change_set(
        **names, ChangeSetType="IMPORT", TemplateBody=json.dumps(template), ResourcesToImport=[entry]
    )
    cloudformation.get_waiter("change_set_create_complete").wait(**names, WaiterConfig={"Delay": 1})
    cloudformation.execute_change_set(**names)
    cloudformation.get_waiter("stack_import_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    resource = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Named")
    assert resource["StackResourceDetail"]["PhysicalResourceId"] == arn


def test_an_endpoint_that_does_not_exist_is_not_imported(plain_aws, name):
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{name}"
    properties = {"EndpointName": name, "EndpointConfigName": "any"}
    template = {"Resources": {"Named": {"Type": ENDPOINT, "DeletionPolicy": "Retain", "Properties": properties}}}
    entry = {"ResourceType": ENDPOINT, "LogicalResourceId": "Named", "ResourceIdentifier": {"EndpointArn": arn}}
    cloudformation = plain_aws.client("cloudformation")
    names = {"StackName": name, "ChangeSetName": "first"}
    cloudformation.create_change_set(
        **names, ChangeSetType="IMPORT", TemplateBody=json.dumps(template), ResourcesToImport=[entry]
    )
    with pytest.raises(WaiterError) as refusal:
        cloudformation.get_waiter("change_set_create_complete").wait(**names, WaiterConfig={"Delay": 1})
    expected = f"Resource of type '{ENDPOINT}' with identifier '{arn}' was not found."
    assert expected in refusal.value.last_response["StatusReason"]
