"""Lambda refuses functions beyond its limits, and code, networks and queues that do not exist, in its words."""

from __future__ import annotations

import json
import uuid

import pytest

from local_aws.api.errors import AwsError
from local_aws.front.function_limits import check_configuration, check_function
from tests.local_aws.client_errors import refused
from tests.local_aws.launcher import create_function
from tests.local_aws.networks import resource

SOURCE = "def handler(event, context):\n    return event\n"
ROLE = "arn:aws:iam::123456789012:role/any"
UNUSABLE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"MemorySize": 10241}, "'MemorySize' value failed to satisfy constraint: Member must have value less than or"),
        ({"Timeout": 901}, "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than"),
        ({"EphemeralStorage": {"Size": 10241}}, "Value '10241' at 'ephemeralStorage.size' failed to satisfy"),
        (
            {"Environment": {"Variables": {"LONG": "x" * 4096}}},
            f"{UNUSABLE} exceeded the 4KB limit. String measured: {{",
        ),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
    ],
)
def test_a_function_is_held_to_lambdas_limits(members, words):
    with pytest.raises(AwsError) as refusal:
        check_configuration(members)
    assert words in refusal.value.message


def test_a_function_at_the_limits_is_taken():
    variables = {"Variables": {"LONG": "x" * (4096 - len('{"LONG":""}'))}}
    check_configuration({"MemorySize": 10240, "Timeout": 900, "EphemeralStorage": {"Size": 10240}})
    check_configuration({"Environment": variables})
    check_configuration(
        {"MemorySize": 32768, "Timeout": 5400, "CapacityProviderConfig": {"LambdaManagedInstances": {}}}
    )
    check_function({"PackageType": "Image"})


@pytest.fixture(scope="module")
def client(plain_aws):
    return plain_aws.client("lambda")


@pytest.fixture(scope="module")
def function(plain_aws):
    name = f"function-{uuid.uuid4().hex[:8]}"
    create_function(plain_aws, name, SOURCE)
    return name


def test_code_is_in_s3(plain_aws, client, function):
    bucket = f"code-{uuid.uuid4().hex[:12]}"
    request = {"FunctionName": "new", "Role": ROLE, "Handler": "a.b", "Runtime": "python3.12"}
    code = {"S3Bucket": bucket, "S3Key": "missing.zip"}
    expected = "InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchBucket."
    assert refused(client.create_function, **request, Code=code).startswith(expected)
    plain_aws.client("s3").create_bucket(Bucket=bucket)
    expected = (
        "InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: "
        "The specified key does not exist."
    )
    assert refused(client.create_function, **request, Code=code) == expected
    assert refused(client.update_function_code, FunctionName=function, **code) == expected


def test_a_function_needs_a_handler(client):
    request = {"FunctionName": "new", "Role": ROLE, "Runtime": "python3.12", "Code": {"ZipFile": b"x"}}
    assert "Runtime and Handler are mandatory parameters" in refused(client.create_function, **request)


def test_subnets_and_security_groups_exist(client, function):
    network = {"SubnetIds": ["subnet-00000000"], "SecurityGroupIds": []}
    assert refused(client.update_function_configuration, FunctionName=function, VpcConfig=network) == (
        "InvalidParameterValueException: Error occurred while DescribeSubnets. EC2 Error Code: "
        "InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID 'subnet-00000000' does not exist"
    )
    network = {"SubnetIds": [], "SecurityGroupIds": ["sg-00000000"]}
    words = refused(client.update_function_configuration, FunctionName=function, VpcConfig=network)
    assert "The security group 'sg-00000000' does not exist" in words


def test_a_hundred_executions_stay_unreserved(client, function):
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=900)
    assert "below its minimum value of [100]." in refused(
        client.put_function_concurrency, FunctionName=function, ReservedConcurrentExecutions=901
    )
    client.delete_function_concurrency(FunctionName=function)


def test_a_queue_exists_and_hides_messages_as_long_as_the_function_runs(plain_aws, client, function):
    name, sqs = f"queue-{uuid.uuid4().hex[:8]}", plain_aws.client("sqs")
    request = {"FunctionName": function, "EventSourceArn": f"arn:aws:sqs:us-east-1:123456789012:{name}"}
    assert refused(client.create_event_source_mapping, **request) == (
        "InvalidParameterValueException: Error occurred while ReceiveMessage. SQS Error Code: "
        "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."
    )
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
    assert refused(client.create_event_source_mapping, **request) == (
        "InvalidParameterValueException: Queue visibility timeout: 2 seconds is less than Function timeout: 60 seconds"
    )
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    mapping = client.create_event_source_mapping(**request)
    client.delete_event_source_mapping(UUID=mapping["UUID"])


def test_a_payload_is_json_of_six_megabytes_at_most(client, function):
    payload = json.dumps("x" * 6291456)
    assert refused(client.invoke, FunctionName=function, Payload=payload) == (
        "RequestEntityTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    )
    later = {"FunctionName": function, "InvocationType": "Event"}
    assert refused(client.invoke, **later, Payload=payload[:1048576] + '"') == (
        "RequestEntityTooLargeException: 1048577 byte payload is too large for the Event invocation type "
        "(limit 1048576 bytes)"
    )
    assert refused(client.invoke, FunctionName=function, Payload=b"{nope").startswith(
        "InvalidRequestContentException: Could not parse request body into json"
    )
    assert json.load(client.invoke(FunctionName=function, Payload=b'{"a": 1}')["Payload"]) == {"a": 1}


CODE = {"ZipFile": SOURCE}
SETTINGS = {"Role": ROLE, "Handler": "index.handler", "Runtime": "python3.12", "Code": CODE}


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ({"A": resource("Lambda::Function", **SETTINGS, Timeout=901)}, "'901' at 'timeout'"),
        (
            {"A": resource("Lambda::Function", **{**SETTINGS, "Code": {"S3Bucket": "b-0", "S3Key": "k"}})},
            "NoSuchBucket",
        ),
        (
            {
                "Q": resource("SQS::Queue", VisibilityTimeout=5),
                "F": resource("Lambda::Function", **SETTINGS, Timeout=10),
                "A": resource(
                    "Lambda::EventSourceMapping",
                    EventSourceArn={"Fn::GetAtt": ["Q", "Arn"]},
                    FunctionName={"Fn::GetAtt": ["F", "Arn"]},
                ),
            },
            "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds",
        ),
    ],
)
def test_a_template_is_held_to_the_same_limits(stack, resources, reason):
    assert stack.apply(resources) == "ROLLBACK_COMPLETE"
    assert any(reason in words for words in stack.reasons())
