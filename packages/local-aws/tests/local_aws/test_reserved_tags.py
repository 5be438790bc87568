"""Tags that begin with `aws:` are AWS's: no user sets or removes one, in any service that the stacks use."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_aws.api.reserved_tags import HEADER
from tests.local_aws.networks import ref, resource

STACK = "aws:cloudformation:stack-name"
ACCOUNT = "123456789012"
WORDS = "aws: prefixed tag key names are not allowed for external use."
LIST, MAP = [{"Key": STACK, "Value": "mine"}], {STACK: "mine"}


def arn(service, resource_id):
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource_id}"


FUNCTION, MACHINE = arn("lambda", "function:f"), arn("states", "stateMachine:m")
REFUSED = [
    ("sagemaker", "create_model_package_group", {"ModelPackageGroupName": "g", "Tags": LIST}, "ValidationException"),
    ("sagemaker", "add_tags", {"ResourceArn": arn("sagemaker", "endpoint/e"), "Tags": LIST}, "ValidationException"),
    ("sagemaker", "delete_tags", {"ResourceArn": arn("sagemaker", "endpoint/e"), "TagKeys": [STACK]}, None),
    ("cloudformation", "create_stack", {"StackName": "s", "TemplateBody": "{}", "Tags": LIST}, "ValidationError"),
    ("cloudwatch", "tag_resource", {"ResourceARN": arn("cloudwatch", "alarm:a"), "Tags": LIST}, "ValidationError"),
    ("ecr", "create_repository", {"repositoryName": "rr", "tags": LIST}, "InvalidTagParameterException"),
    ("emr", "add_tags", {"ResourceId": "j-1", "Tags": LIST}, "InvalidRequestException"),
    ("emr-serverless", "create_application", {"releaseLabel": "emr-7.12.0", "type": "Spark", "tags": MAP}, None),
    ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)", "Tags": LIST}, "ValidationException"),
    ("iam", "tag_role", {"RoleName": "r", "Tags": LIST}, "InvalidInput"),
    ("kms", "create_key", {"Tags": [{"TagKey": STACK, "TagValue": "mine"}]}, "TagException"),
    ("lambda", "tag_resource", {"Resource": FUNCTION, "Tags": MAP}, "InvalidParameterValueException"),
    ("logs", "create_log_group", {"logGroupName": "g", "tags": MAP}, "InvalidParameterException"),
    ("secretsmanager", "create_secret", {"Name": "s", "Tags": LIST}, "InvalidParameterException"),
    ("sns", "create_topic", {"Name": "t", "Tags": LIST}, "InvalidParameter"),
    ("sqs", "create_queue", {"QueueName": "q", "tags": MAP}, "InvalidParameterValue"),
    ("ssm", "put_parameter", {"Name": "p", "Value": "v", "Type": "String", "Tags": LIST}, "ValidationException"),
    ("stepfunctions", "tag_resource", {"resourceArn": MACHINE, "tags": [{"key": STACK, "value": "v"}]}, None),
]


@pytest.mark.parametrize(("service", "operation", "request_", "code"), REFUSED, ids=[f"{r[0]}-{r[1]}" for r in REFUSED])
def test_no_user_sets_a_tag_of_aws(plain_aws, service, operation, request_, code):
    assert _error(plain_aws.client(service), operation, request_) == (code or "ValidationException", WORDS)


def test_ec2_has_other_words(plain_aws):
    vpc = {"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "vpc", "Tags": LIST}]}
    words = "Tag keys starting with 'aws:' are reserved for internal use"
    assert _error(plain_aws.client("ec2"), "create_vpc", vpc) == ("InvalidParameterValue", words)


def test_a_user_keeps_the_system_tags_of_a_bucket(stack, plain_aws):
    stack.apply({"A": resource("S3::Bucket")}, {"Name": ref("A")})
    bucket = stack.outputs()["Name"]
    s3 = plain_aws.client("s3")
    system = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    own = [{"Key": "team", "Value": "one"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [*system, *own]})
    removed, added = "System Tags cannot be removed by requester", "System tags cannot be added/updated by requester"
    request = {"Bucket": bucket, "Tagging": {"TagSet": own}}
    assert _error(s3, "put_bucket_tagging", request) == ("InvalidTag", removed)
    assert _error(s3, "delete_bucket_tagging", {"Bucket": bucket}) == ("InvalidTag", removed)
    changed = [*system, {"Key": "aws:mine", "Value": "one"}]
    assert _error(s3, "put_bucket_tagging", {"Bucket": bucket, "Tagging": {"TagSet": changed}}) == ("InvalidTag", added)
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    request = {"Bucket": bucket, "Key": "a", "Tagging": {"TagSet": LIST}}
    assert _error(s3, "put_object_tagging", request) == ("InvalidTag", added)
    s3.delete_object(Bucket=bucket, Key="a")


def test_a_client_cannot_pass_for_cloudformation(plain_aws):
    sagemaker = plain_aws.client("sagemaker")
    sagemaker.meta.events.register("before-call", lambda params, **_: params["headers"].update({HEADER: "true"}))
    request = {"ModelPackageGroupName": "forged", "Tags": LIST}
    assert _error(sagemaker, "create_model_package_group", request) == ("ValidationException", WORDS)


def test_cloudformation_tags_what_it_creates(stack, plain_aws):
    assert stack.apply({"A": resource("SageMaker::ModelPackageGroup", ModelPackageGroupName="of-a-stack")}) == (
        "CREATE_COMPLETE"
    )
    tags = plain_aws.client("sagemaker").list_tags(ResourceArn=arn("sagemaker", "model-package-group/of-a-stack"))
    assert {"Key": STACK, "Value": stack.name} in tags["Tags"]


@pytest.mark.parametrize("kind", ["SageMaker::ModelPackageGroup", "SQS::Queue"])
def test_a_template_sets_none_of_cloudformations_tags(stack, kind):
    name = {"ModelPackageGroupName": "forging"} if kind.startswith("SageMaker") else {}
    assert stack.apply({"A": resource(kind, Tags=LIST, **name)}) == "ROLLBACK_COMPLETE"
    assert any(WORDS in text for text in stack.reasons()), stack.reasons()


def _error(client, operation, request):
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
