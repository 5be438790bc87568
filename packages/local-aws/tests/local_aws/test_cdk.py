"""The real CDK CLI bootstraps, deploys, updates and destroys a plain app; its Lambda functions run and call back."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cdk import cdk, deploy, synthesize
from tests.local_aws.launcher import HERE

APP = HERE / "cdk_app" / "app.py"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("cdk")


@pytest.fixture(scope="module")
def assemblies(home):
    """The app in two versions."""
    folders = [home / "one", home / "two"]
    synthesize(APP, home, *folders)
    return folders


@pytest.fixture(scope="module")
def deployed(plain_aws, home, assemblies):
    cdk(plain_aws, home, "bootstrap", "aws://123456789012/us-east-1", "--app", str(assemblies[0]))
    outputs = deploy(plain_aws, home, assemblies[0])["Plain"]
    yield outputs
    cdk(plain_aws, home, "destroy", "--all", "--force", "--app", str(assemblies[0]))


def invoke(aws, name, event):
    response = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    payload = json.loads(response["Payload"].read())
    assert "FunctionError" not in response, payload
    return payload


@pytest.mark.parametrize("function", ["Function312Name", "Function313Name"])
def test_a_deployed_lambda_calls_the_local_aws_with_boto3(plain_aws, deployed, function):
    result = invoke(plain_aws, deployed[function], {"from": function})
    assert result["endpoint"] == plain_aws.url
    assert deployed["BucketName"] in result["buckets"]
    messages = plain_aws.client("sqs").receive_message(QueueUrl=deployed["QueueUrl"])["Messages"]
    assert json.loads(messages[0]["Body"]) == {"from": function}


def test_what_a_lambda_prints_is_in_its_log_group(plain_aws, deployed):
    invoke(plain_aws, deployed["Function312Name"], {"find": "me"})
    events = plain_aws.client("logs").filter_log_events(logGroupName=deployed["LogGroupName"])["events"]
    assert any("called with {'find': 'me'}" in event["message"] for event in events)


def test_the_bucket_is_encrypted_with_the_stacks_key(plain_aws, deployed):
    encryption = plain_aws.client("s3").get_bucket_encryption(Bucket=deployed["BucketName"])
    (rule,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_an_update_changes_what_changed_and_keeps_the_rest(plain_aws, home, assemblies, deployed):
    outputs = deploy(plain_aws, home, assemblies[1])["Plain"]
    assert outputs["BucketName"] == deployed["BucketName"]
    assert plain_aws.client("s3").get_bucket_versioning(Bucket=outputs["BucketName"])["Status"] == "Enabled"
    assert invoke(plain_aws, outputs["Function312Name"], {})["version"] == "2"


def test_destroy_leaves_nothing_of_the_stack(plain_aws, home, assemblies, deployed):
    cdk(plain_aws, home, "destroy", "--all", "--force", "--app", str(assemblies[1]))
    assert deployed["BucketName"] not in [item["Name"] for item in plain_aws.client("s3").list_buckets()["Buckets"]]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        plain_aws.client("lambda").get_function(FunctionName=deployed["Function312Name"])
    groups = plain_aws.client("logs").describe_log_groups(logGroupNamePrefix=deployed["LogGroupName"])["logGroups"]
    assert groups == []
