"""What SNS, SQS and CloudWatch Logs refuse that their models allow: names, attributes and messages, in their words.

The words are those of users' reports and of published tests against AWS. Not confirmed are those for values of
SqsManagedSseEnabled and ContentBasedDeduplication, for an unknown attribute in CreateTopic, and for log groups whose
names start with aws/. What AWS's JSON parser adds to the words for a filter policy is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.api.documents import is_json
from local_aws.api.errors import AwsError

Members = Mapping[str, Any]
FIFO = ".fifo"
QUEUE = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")
EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
SUBJECT = re.compile(r"[^\x00-\x1f]{1,100}")
TYPES = ("String", "Number", "Binary")
MOST_ATTRIBUTES, MOST_DELAY, MOST_WAIT = 10, 900, 20
TOPIC_ATTRIBUTES = (
    *("ArchivePolicy", "ContentBasedDeduplication", "DataProtectionPolicy", "DeliveryPolicy", "DisplayName"),
    *("FifoThroughputScope", "FifoTopic", "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig"),
)
FEEDBACK = re.compile(
    r"(Application|Firehose|HTTP|Lambda|SQS)(SuccessFeedback(RoleArn|SampleRate)|FailureFeedbackRoleArn)"
)


def _refused(words: str) -> AwsError:
    return AwsError("InvalidParameterValue", words)


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {words}")


def _create_queue(members: Members) -> None:
    name, attributes = str(members.get("QueueName") or ""), members.get("Attributes") or {}
    fifo = attributes.get("FifoQueue")
    stem = name.removesuffix(FIFO) if fifo == "true" else name
    if not QUEUE.fullmatch(stem) or len(name) > 80:
        raise _refused("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    if fifo not in (None, "true"):
        raise AwsError("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    _check_attributes(attributes, fifo=fifo == "true")


def _set_queue_attributes(members: Members) -> None:
    _check_attributes(members.get("Attributes") or {}, fifo=_is_fifo(members))


def _check_attributes(attributes: Members, *, fifo: bool) -> None:
    if "ContentBasedDeduplication" in attributes and not fifo:
        raise AwsError("InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication.")
    for name in ("DeduplicationScope", "FifoThroughputLimit"):
        if name in attributes and not fifo:
            words = f"You can specify the {name} only when FifoQueue is set to true."
            raise AwsError("InvalidAttributeName", words)
    for name in ("SqsManagedSseEnabled", "ContentBasedDeduplication"):
        if attributes.get(name, "true") not in ("true", "false"):
            raise AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    if attributes.get("Policy") and not is_json(attributes["Policy"], dict):
        raise AwsError("InvalidAttributeValue", "Invalid value for the parameter Policy.")


def _is_fifo(members: Members) -> bool:
    return str(members.get("QueueUrl") or "").endswith(FIFO)


def _send_message(members: Members) -> None:
    delay, attributes = members.get("DelaySeconds"), members.get("MessageAttributes") or {}
    if delay is not None and not 0 <= int(delay) <= MOST_DELAY:
        reason = f"DelaySeconds must be >= 0 and <= {MOST_DELAY}."
        raise _refused(f"Value {delay} for parameter DelaySeconds is invalid. Reason: {reason}")
    if len(attributes) > MOST_ATTRIBUTES:
        count = f"Number of message attributes [{len(attributes)}]"
        raise _refused(f"{count} exceeds the allowed maximum [{MOST_ATTRIBUTES}].")
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    if members.get("MessageDeduplicationId") and not _is_fifo(members):
        reason = "The request include parameter that is not valid for this queue type."
        identifier = members["MessageDeduplicationId"]
        raise _refused(f"Value {identifier} for parameter MessageDeduplicationId is invalid. Reason: {reason}")


def _check_attribute(name: str, attribute: Members) -> None:
    kind = str(attribute.get("DataType") or "")
    if kind.partition(".")[0] not in TYPES:
        prefixes = "You must use only the following supported type prefixes: Binary, Number, String."
        raise _refused(f"The type of message (user) attribute '{name}' is invalid. {prefixes}")
    if not attribute.get("BinaryValue" if kind.startswith("Binary") else "StringValue"):
        raise _refused(f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.")


def _receive_message(members: Members) -> None:
    wait = members.get("WaitTimeSeconds")
    if wait is not None and not 0 <= int(wait) <= MOST_WAIT:
        reason = f"Must be >= 0 and <= {MOST_WAIT}, if provided."
        raise _refused(f"Value {wait} for parameter WaitTimeSeconds is invalid. Reason: {reason}")


def _create_topic(members: Members) -> None:
    name, attributes = str(members.get("Name") or ""), members.get("Attributes") or {}
    fifo = str(attributes.get("FifoTopic", "false")).lower() == "true"
    if fifo != name.endswith(FIFO) or not TOPIC.fullmatch(name.removesuffix(FIFO)):
        raise _invalid("Topic Name")
    _check_topic(attributes)


def _set_topic_attributes(members: Members) -> None:
    name = str(members.get("AttributeName"))
    if name == "FifoTopic":
        raise _invalid("AttributeName")
    _check_topic({name: members.get("AttributeValue")})


def _check_topic(attributes: Members) -> None:
    for name, setting in attributes.items():
        if name not in TOPIC_ATTRIBUTES and not FEEDBACK.fullmatch(name):
            raise _invalid("AttributeName")
        if name == "Policy" and setting and not is_json(setting, dict):
            raise _invalid("Policy Error: null")


def _publish(members: Members) -> None:
    message, subject = members.get("Message"), members.get("Subject")
    if message == "":
        raise _invalid("Empty message")
    if subject is not None and not SUBJECT.fullmatch(str(subject)):
        raise _invalid("Subject")
    if members.get("MessageStructure") == "json":
        if not is_json(message, dict):
            raise _invalid("Message Structure - JSON message body failed to parse")
        if "default" not in json.loads(str(message)):
            raise _invalid("Message Structure - No default entry in JSON message body")
    target = str(members.get("TopicArn") or members.get("TargetArn") or "")
    if members.get("MessageDeduplicationId") and not target.endswith(FIFO):
        words = "The request includes MessageDeduplicationId parameter that is not valid for this topic type"
        raise _invalid(f"MessageDeduplicationId Reason: {words}")


def _subscribe(members: Members) -> None:
    protocol, endpoint = str(members.get("Protocol") or ""), str(members.get("Endpoint") or "")
    if protocol not in PROTOCOLS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol.startswith("email") and not EMAIL.fullmatch(endpoint):
        raise _invalid("Email address")
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise _invalid("Endpoint must match the specified protocol")
    if protocol == "sqs" and ":sqs:" not in endpoint:
        raise _invalid("SQS endpoint ARN")
    policy = (members.get("Attributes") or {}).get("FilterPolicy")
    if policy and not is_json(policy, dict):
        raise _invalid("Attributes Reason: FilterPolicy: failed to parse JSON.")


def _log_group(members: Members) -> None:
    if str(members.get("logGroupName") or "").startswith("aws/"):
        raise AwsError("InvalidParameterException", "Log group names can't start with the string aws/.")


RULES: dict[tuple[str, str], Callable[[Members], None]] = {
    ("sqs", "CreateQueue"): _create_queue,
    ("sqs", "SetQueueAttributes"): _set_queue_attributes,
    ("sqs", "SendMessage"): _send_message,
    ("sqs", "ReceiveMessage"): _receive_message,
    ("sns", "CreateTopic"): _create_topic,
    ("sns", "SetTopicAttributes"): _set_topic_attributes,
    ("sns", "Publish"): _publish,
    ("sns", "Subscribe"): _subscribe,
    ("logs", "CreateLogGroup"): _log_group,
}
