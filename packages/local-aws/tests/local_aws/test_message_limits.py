"""SNS, SQS, EventBridge and CloudWatch Logs refuse what their models allow, in AWS's words."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.config import Config

from tests.local_aws.client_errors import refused

HOME = "arn:aws:sqs:us-east-1:123456789012"


def new(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def client(plain_aws):
    return lambda service: plain_aws.client(service, config=Config(parameter_validation=False))


@pytest.fixture(scope="module")
def topic(plain_aws):
    return plain_aws.client("sns").create_topic(Name=new("topic"))["TopicArn"]


@pytest.fixture(scope="module")
def queue(plain_aws):
    return plain_aws.client("sqs").create_queue(QueueName=new("queue"))["QueueUrl"]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "x", "Subject": "s" * 101}, "Subject"),
        ({"Message": "x", "Subject": "a\nb"}, "Subject"),
        ({"Message": "x", "MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
        ({"Message": "{}", "MessageStructure": "json"}, "Message Structure - No default entry in JSON message body"),
        (
            {"Message": "x", "MessageDeduplicationId": "one"},
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid",
        ),
    ],
)
def test_a_message_of_a_topic_is_checked(client, topic, members, words):
    refusal = refused(client("sns").publish, TopicArn=topic, **members)
    assert refusal.startswith(f"InvalidParameter: Invalid parameter: {words}")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Protocol": "pigeon", "Endpoint": "x"}, "Amazon SNS does not support this protocol string: pigeon"),
        ({"Protocol": "email", "Endpoint": "x"}, "Email address"),
        ({"Protocol": "https", "Endpoint": "http://example.com"}, "Endpoint must match the specified protocol"),
        ({"Protocol": "sqs", "Endpoint": "x"}, "SQS endpoint ARN"),
        (
            {"Protocol": "sqs", "Endpoint": f"{HOME}:q", "Attributes": {"FilterPolicy": "{"}},
            "Attributes Reason: FilterPolicy: failed to parse JSON.",
        ),
    ],
)
def test_a_subscription_is_checked(client, topic, members, words):
    expected = f"InvalidParameter: Invalid parameter: {words}"
    assert refused(client("sns").subscribe, TopicArn=topic, **members) == expected


def test_a_topic_is_checked(client, topic):
    sns = client("sns")
    fifo = {"Attributes": {"FifoTopic": "true"}}
    for request in ({"Name": "a b"}, {"Name": "a.fifo"}, {"Name": "x" * 257}, {"Name": "a", **fifo}):
        assert refused(sns.create_topic, **request) == "InvalidParameter: Invalid parameter: Topic Name"
    settings = (("Colour", "red"), ("FifoTopic", "false"), ("Policy", "{"))
    for (name, value), words in zip(settings, ("AttributeName", "AttributeName", "Policy Error: null"), strict=True):
        request = {"TopicArn": topic, "AttributeName": name, "AttributeValue": value}
        expected = f"InvalidParameter: Invalid parameter: {words}"
        assert refused(sns.set_topic_attributes, **request) == expected
    sns.create_topic(Name=f"{new('topic')}.fifo", Attributes={"FifoTopic": "true"})


NAME = "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


@pytest.mark.parametrize(
    ("name", "attributes", "words"),
    [
        ("a b", {}, NAME),
        ("a.fifo", {}, NAME),
        ("x" * 81, {}, NAME),
        ("a", {"FifoQueue": "false"}, "InvalidAttributeName: Unknown Attribute FifoQueue."),
        (
            "a",
            {"ContentBasedDeduplication": "true"},
            "InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.",
        ),
        (
            "a",
            {"FifoThroughputLimit": "perQueue"},
            "InvalidAttributeName: You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
        ),
        ("a", {"Policy": "{"}, "InvalidAttributeValue: Invalid value for the parameter Policy."),
        (
            "a",
            {"SqsManagedSseEnabled": "maybe"},
            "InvalidAttributeValue: Invalid value for the parameter SqsManagedSseEnabled.",
        ),
    ],
)
def test_a_queue_is_checked(client, name, attributes, words):
    assert refused(client("sqs").create_queue, QueueName=name, Attributes=attributes) == words


def test_a_fifo_queue_is_created(client):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = client("sqs").create_queue(QueueName=f"{new('queue')}.fifo", Attributes=attributes)["QueueUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody="x", MessageGroupId="a", MessageDeduplicationId="b")


ELEVEN = {f"a{number}": {"DataType": "String", "StringValue": "v"} for number in range(11)}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (
            {"DelaySeconds": 901},
            "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        ),
        ({"MessageAttributes": ELEVEN}, "Number of message attributes [11] exceeds the allowed maximum [10]."),
        (
            {"MessageAttributes": {"a": {"DataType": "String"}}},
            "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
        ),
        (
            {"MessageAttributes": {"a": {"DataType": "Text", "StringValue": "v"}}},
            "The type of message (user) attribute 'a' is invalid. You must use only the following supported",
        ),
        (
            {"MessageDeduplicationId": "one"},
            "Value one for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is",
        ),
    ],
)
def test_a_message_of_a_queue_is_checked(client, queue, members, words):
    refusal = refused(client("sqs").send_message, QueueUrl=queue, MessageBody="x", **members)
    assert refusal.startswith(f"InvalidParameterValue: {words}")


def test_a_receiver_waits_twenty_seconds_at_most(client, queue):
    assert refused(client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=21) == (
        "InvalidParameterValue: Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
        "provided."
    )


def test_names_of_log_groups_do_not_begin_with_aws(client):
    assert "aws/" in refused(client("logs").create_log_group, logGroupName="aws/mine")


@pytest.fixture
def rule(client):
    name = new("rule")
    client("events").put_rule(Name=name, EventPattern='{"source": ["mine"]}')
    return name


def test_a_rule_has_a_pattern_or_a_schedule_of_the_default_bus(client):
    events, bus = client("events"), new("bus")
    assert refused(events.put_rule, Name="none") == (
        "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified."
    )
    events.create_event_bus(Name=bus)
    assert refused(events.put_rule, Name="hourly", EventBusName=bus, ScheduleExpression="rate(1 hour)") == (
        "ValidationException: ScheduleExpression is supported only on the default event bus."
    )


def test_a_pattern_has_two_kilobytes(client):
    events, name = client("events"), new("rule")
    longest = json.dumps({"source": ["x" * (2048 - len('{"source":[""]}'))]})
    assert refused(events.put_rule, Name=name, EventPattern=longest.replace("x", "xx", 1)) == (
        f"ValidationException: Parameter EventPattern for rule {name} exceeds limit of 2048."
    )
    events.put_rule(Name=name, EventPattern=longest)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"Input": "{}", "InputPath": "$.a"}, "Only one of Input, InputPath, or InputTransformer must be provided"),
        ({"Input": "{nope"}, "JSON syntax error in input for target 1"),
        (
            {"Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
            "RoleArn is required for target arn:aws:states:us-east-1:123456789012:stateMachine:m.",
        ),
    ],
)
def test_a_target_is_checked(client, rule, members, words):
    target = {"Id": "1", "Arn": f"{HOME}:q", **members}
    assert words in refused(client("events").put_targets, Rule=rule, Targets=[target])


def test_a_rule_has_five_targets_and_is_deleted_without_them(client, rule):
    events, targets = client("events"), [{"Id": str(number), "Arn": f"{HOME}:q"} for number in range(6)]
    events.put_targets(Rule=rule, Targets=targets[:5])
    events.put_targets(Rule=rule, Targets=targets[:1])
    assert refused(events.put_targets, Rule=rule, Targets=targets[5:]) == (
        "LimitExceededException: The requested resource exceeds the maximum number allowed."
    )
    assert refused(events.delete_rule, Name=rule) == (
        "ValidationException: Rule can't be deleted since it has targets."
    )
    events.remove_targets(Rule=rule, Ids=[target["Id"] for target in targets])
    events.delete_rule(Name=rule)


def test_each_event_is_checked(client):
    event = {"Source": "mine", "DetailType": "Test", "Detail": json.dumps({"a": 1})}
    entries = [
        {**event, "Detail": "nope"},
        event,
        {key: value for key, value in event.items() if key != "Source"},
        {**event, "Detail": "[]"},
        {**event, "Source": "aws.mine"},
    ]
    response = client("events").put_events(Entries=entries)
    codes = [entry.get("ErrorCode", "") for entry in response["Entries"]]
    assert codes == ["MalformedDetail", "", "InvalidArgument", "MalformedDetail", "NotAuthorizedForSourceException"]
    assert response["FailedEntryCount"] == 4
    assert response["Entries"][1]["EventId"]
    assert response["Entries"][2]["ErrorMessage"] == (
        "Parameter Source is not valid. Reason: Source is a required argument."
    )
