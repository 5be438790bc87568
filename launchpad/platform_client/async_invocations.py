"""Invokes an asynchronous endpoint (InvokeEndpointAsync), and waits for what it writes to S3."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from launchpad.platform_client.connection import Connection
from launchpad.platform_client.invocations import Answer, ModelAnsweredError, Question, explained
from launchpad.platform_client.outputs import MISSING

LONGEST_INLINE = 128_000
"""Bytes of a request without an object in S3 (InvokeEndpointAsync, `Body`)."""


@dataclass(frozen=True)
class Submitted:
    """A request that was accepted."""

    inference_id: str
    output: str
    """The URI of the object that will have the answer."""
    failure: str
    """The URI of the object that will have the reason if there is no answer; empty if none is written."""


def submit(connection: Connection, endpoint: str, question: Question, bucket: str, workload: str) -> Submitted:
    """Ask the endpoint; a large request is uploaded below `WORKLOAD/async/input/` in the bucket first.

    Raises:
        LaunchpadError: the endpoint doesn't exist, or is not in service.
    """
    arguments = question.arguments(endpoint)
    if len(question.body) > LONGEST_INLINE:
        key = f"{workload}/async/input/{uuid.uuid4()}"
        connection.client("s3").put_object(
            Bucket=bucket, Key=key, Body=arguments.pop("Body"), ContentType=question.content_type
        )
        arguments["InputLocation"] = f"s3://{bucket}/{key}"
    try:
        response = connection.client("sagemaker-runtime").invoke_endpoint_async(**arguments)
    except ClientError as error:
        raise explained(connection, error, endpoint) from None
    return Submitted(response["InferenceId"], response["OutputLocation"], response.get("FailureLocation", ""))


def wait_for_answer(
    connection: Connection, endpoint: str, submitted: Submitted, waiting: Callable[[], object]
) -> Answer:
    """Wait for the answer to a request; `waiting` is called before each pause.

    Raises:
        ModelAnsweredError: there is a failure instead; has its reason.
    """
    while True:
        if answer := _read(connection, submitted.output):
            return answer
        if submitted.failure and (failure := _read(connection, submitted.failure)):
            words = " ".join(failure.body.decode(errors="backslashreplace").split())
            remedy = f"its log: `launchpad logs {endpoint} --env {connection.name}`"
            raise ModelAnsweredError(f"request {submitted.inference_id} failed: {words} ({remedy})")
        waiting()
        time.sleep(connection.poll_seconds)


def _read(connection: Connection, uri: str) -> Answer | None:
    address = urlsplit(uri)
    try:
        response: Any = connection.client("s3").get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    return Answer(response["Body"].read(), response.get("ContentType", ""), "")
