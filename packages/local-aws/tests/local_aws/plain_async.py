"""Asynchronous endpoints whose server is a few lines of Python, and their results in S3 and SNS."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from tests.local_aws.plain_endpoints import PlainEndpoints

Value = TypeVar("Value")


def until(probe: Callable[[], Value], seconds: float = 60) -> Value:
    """The first true value of ``probe``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := probe():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@dataclass(frozen=True)
class Mailbox:
    """A topic, and the queue that gets its messages."""

    topic: str
    queue: str
    aws: Any

    def messages(self) -> list[dict[str, Any]]:
        """The messages since the last call."""
        received = self.aws.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        for message in received.get("Messages", ()):
            self.aws.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in received.get("Messages", ())]


@dataclass(frozen=True)
class AsyncEndpoints:
    endpoints: PlainEndpoints

    def mailbox(self) -> Mailbox:
        aws, name = self.endpoints.aws, f"box-{uuid.uuid4().hex[:12]}"
        topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
        queue = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
        return Mailbox(topic, queue, aws)

    def serving(self, program: str | None = None, client: dict[str, Any] | None = None, **output: Any) -> str:
        """An asynchronous endpoint in service."""
        name = self.start(program, client, **output)
        described = self.endpoints.wait(name)
        assert described["EndpointStatus"] == "InService", described.get("FailureReason")
        return name

    def start(self, program: str | None = None, client: dict[str, Any] | None = None, **output: Any) -> str:
        bucket = self.endpoints.bucket
        paths = {"S3OutputPath": f"s3://{bucket}/output", "S3FailurePath": f"s3://{bucket}/failures"}
        config = {"OutputConfig": {**paths, **output}, **({"ClientConfig": client} if client else {})}
        variant = self.endpoints.variant(self.endpoints.model(program))
        return self.endpoints.start(self.endpoints.config(variant, AsyncInferenceConfig=config))

    def put(self, body: bytes) -> str:
        key = f"input/{uuid.uuid4().hex}"
        self.endpoints.aws.client("s3").put_object(Bucket=self.endpoints.bucket, Key=key, Body=body)
        return f"s3://{self.endpoints.bucket}/{key}"

    def invoke(self, name: str, body: bytes = b"row", **members: Any) -> dict[str, Any]:
        runtime = self.endpoints.aws.client("sagemaker-runtime")
        payload = {} if "InputLocation" in members else {"InputLocation": self.put(body)}
        return dict(runtime.invoke_endpoint_async(EndpointName=name, **payload, **members))

    def read(self, location: str) -> bytes | None:
        """An object, or None if it does not exist yet."""
        bucket, _, key = location.removeprefix("s3://").partition("/")
        try:
            return bytes(self.endpoints.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError:
            return None

    def result(self, location: str) -> bytes:
        """An object, as soon as it exists."""
        return until(lambda: self.read(location))

    def scale(self, name: str, count: int) -> None:
        self.endpoints.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name,
            DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": count}],
        )
        self.endpoints.wait(name)
