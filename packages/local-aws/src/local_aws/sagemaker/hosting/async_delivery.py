"""What SageMaker itself does for an asynchronous request: fetch the input, store the output, publish, log.

All of it with the model's execution role, so for threads only.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.files.storage import Location
from local_aws.sagemaker.hosting import async_messages
from local_aws.sagemaker.hosting.async_messages import Result
from local_aws.sagemaker.hosting.async_requests import AsyncRequest
from local_aws.sagemaker.logs import LogStream

MAX_INPUT = 1024**3
"""Bytes of a request's payload in S3."""
IN_MEMORY = 8 * 1024**2
NOT_FOUND = {"404", "NoSuchKey", "NoSuchBucket"}


class DeliveryError(Exception):
    """S3 or SNS refused; the message is the reason for a person."""


@dataclass(frozen=True)
class Delivery:
    """The clients of one role."""

    context: Context
    scope: Scope
    role: str

    def fetch(self, request: AsyncRequest) -> tuple[IO[bytes], int]:
        """The request's payload, from its start, and its length. Raises `DeliveryError`."""
        if request.input is None:
            return io.BytesIO(request.inline), len(request.inline)
        location, s3 = Location.parse(request.input), self._client("s3")
        try:
            length = int(s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"])
            if length > MAX_INPUT:
                raise DeliveryError(f"The input {location} has {length} bytes, and at most {MAX_INPUT} are allowed.")
            # The caller closes it.
            content = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
            s3.download_fileobj(location.bucket, location.key, content)
        except (ClientError, BotoCoreError) as error:
            raise DeliveryError(f"Could not download the input {location}: {_reason(error)}") from error
        content.seek(0)
        return content, length

    def store(self, uri: str, body: bytes, content_type: str | None, kms_key: str | None) -> None:
        """Write an output or a failure. Raises `DeliveryError`."""
        location = Location.parse(uri)
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        described = {"ContentType": content_type} if content_type else {}
        try:
            self._client("s3").put_object(
                Bucket=location.bucket, Key=location.key, Body=body, **described, **encryption
            )
        except (ClientError, BotoCoreError) as error:
            raise DeliveryError(f"Could not upload to {location}: {_reason(error)}") from error

    def publish(self, topic: str, message: str) -> None:
        """Publish to a topic. Raises `DeliveryError`."""
        try:
            self._client("sns").publish(TopicArn=topic, Message=message)
        except (ClientError, BotoCoreError) as error:
            raise DeliveryError(f"Could not publish to {topic}: {_reason(error)}") from error

    def notify(self, request: AsyncRequest, result: Result) -> None:
        """Publish how a request ended, if its configuration has a topic for it. Raises `DeliveryError`."""
        if topic := async_messages.topic_of(request, result):
            self.publish(topic, async_messages.message(self.scope.region, request, result))

    def log(self, group: str, stream: str, request: AsyncRequest, line: str) -> None:
        """Add a line to an instance's data-log; returns once it is in CloudWatch Logs."""
        time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        data_log = LogStream(self._client("logs"), group, f"{stream}/data-log")
        data_log(f"{time}:[sagemaker logs] [{request.inference_id}] {line}")
        data_log.close()

    def _client(self, service: str) -> Any:
        return self.context.client(service, self.scope, self.role)


def send_test_messages(context: Context, scope: Scope, config: Mapping[str, Any], role: str) -> None:
    """Publish a test message to each topic of an endpoint configuration. Raises `DeliveryError`."""
    output = config.get("AsyncInferenceConfig", {}).get("OutputConfig", {})
    topics = output.get("NotificationConfig", {})
    for topic in dict.fromkeys(topics[name] for name in ("SuccessTopic", "ErrorTopic") if topics.get(name)):
        Delivery(context, scope, role).publish(topic, async_messages.TEST_MESSAGE)


def _reason(error: Exception) -> str:
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in NOT_FOUND:
        return "it does not exist."
    return str(error)
