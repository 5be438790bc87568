"""Requests of the query protocol: as structures, and those of a service whose model has no names for them."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode, urlsplit

from local_aws.api.query_request import structure
from local_aws.api.service import service_model
from tests.local_aws.launcher import LocalAws
from tests.local_aws.signed import send

CREATE_STACK = service_model("cloudformation").operation_model("CreateStack").input_shape


class Counted(dict[str, str]):
    """Parameters that count how often all of them are gone through."""

    rounds = 0

    def __iter__(self):
        self.rounds += 1
        return super().__iter__()


def test_lists_of_structures_are_read():
    params = {
        "StackName": "a",
        "Tags.member.1.Key": "k",
        "Tags.member.1.Value": "",
        "Tags.member.2.Key": "l",
        "DisableRollback": "true",
        "NotificationARNs": "",
        "RollbackConfiguration.MonitoringTimeInMinutes": "5",
    }
    assert structure(CREATE_STACK, params) == {
        "StackName": "a",
        "Tags": [{"Key": "k", "Value": ""}, {"Key": "l"}],
        "DisableRollback": True,
        "NotificationARNs": [],
        "RollbackConfiguration": {"MonitoringTimeInMinutes": 5},
    }


def test_a_long_request_is_gone_through_once():
    params = Counted({f"Parameters.member.{number}.ParameterKey": "k" for number in range(1, 2001)})
    assert len(structure(CREATE_STACK, params)["Parameters"]) == 2000
    assert params.rounds < 5


def test_queues_take_requests_of_older_sdks(plain_aws: LocalAws):
    url = plain_aws.client("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def sent(action: str, path: str = "/", **params: str) -> bytes:
        body = urlencode({"Action": action, **params}).encode()
        return bytes(send(plain_aws, "sqs", body, headers, path=path).data)

    entry, attribute = "SendMessageBatchRequestEntry.1", "SendMessageBatchRequestEntry.1.MessageAttribute.1"
    own = {f"{attribute}.Name": "by", f"{attribute}.Value.DataType": "String", f"{attribute}.Value.StringValue": "me"}
    batch = {"QueueUrl": url, f"{entry}.Id": "a", **own}
    assert b"<Code>" not in sent("SendMessageBatch", **batch, **{f"{entry}.MessageBody": "text"})
    assert b"<Code>MissingParameter</Code>" in sent("SendMessageBatch", **batch)
    delay = {"Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "0"}
    assert b"<Code>" not in sent("SetQueueAttributes", urlsplit(url).path, **delay)
    assert b"Unknown Attribute Delay." in sent(
        "SetQueueAttributes", QueueUrl=url, **{**delay, "Attribute.1.Name": "Delay"}
    )
    assert b"<Code>" not in sent("TagQueue", QueueUrl=url, **{"Tag.1.Key": "team", "Tag.1.Value": "a"})
    assert b"aws: prefixed" in sent("TagQueue", QueueUrl=url, **{"Tag.1.Key": "aws:team", "Tag.1.Value": "a"})
    new = {"QueueName": "tagged", "Tag.1.Key": "aws:team", "Tag.1.Value": "a"}
    assert b"aws: prefixed" in sent("CreateQueue", **new)
    (message,) = plain_aws.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["by"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]["by"]["StringValue"]) == ("text", "me")
