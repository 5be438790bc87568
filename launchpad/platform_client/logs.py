"""Reads the CloudWatch logs of a job or an endpoint; each read continues where the last one ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"
ENDPOINT_GROUP = "/aws/sagemaker/Endpoints"
JOB_GROUPS = (TRAINING_GROUP, "/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TransformJobs")
"""The log groups of all jobs in the account; a stream's name begins with its job's."""


@dataclass(frozen=True)
class LogLine:
    """One event of one stream."""

    stream: str
    milliseconds: int
    """Milliseconds since 1970, UTC."""
    text: str


class LogTail:
    """All streams of `group` that begin with `prefix`; each `read` returns the new lines.

    `created` leaves out the streams that are older than that (milliseconds since 1970, UTC), and `since` the lines.
    """

    def __init__(self, client: Any, group: str, prefix: str = "", *, created: int = 0, since: int = 0) -> None:
        self.group = group
        self._created = created
        self._since = since
        self._client = client
        self._prefix = prefix
        self._positions: dict[str, str | None] = {}

    def read(self) -> list[LogLine]:
        """The new lines, ordered by time; empty as long as the log doesn't exist."""
        lines = [line for stream in self._streams() for line in self._new_lines(stream)]
        return sorted(lines, key=lambda line: line.milliseconds)

    def _streams(self) -> list[str]:
        """List the streams anew each time, because a job's instances create theirs as they start."""
        options = {"logGroupName": self.group, **({"logStreamNamePrefix": self._prefix} if self._prefix else {})}
        try:
            pages = self._client.get_paginator("describe_log_streams").paginate(**options)
            streams = [stream for page in pages for stream in page["logStreams"]]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return []
            raise
        return [stream["logStreamName"] for stream in streams if stream.get("creationTime", 0) >= self._created]

    def _new_lines(self, stream: str) -> Iterator[LogLine]:
        """Follow the forward tokens until one repeats, which marks the end (GetLogEvents)."""
        while True:
            position = self._positions.get(stream)
            response = self._client.get_log_events(
                logGroupName=self.group,
                logStreamName=stream,
                startFromHead=True,
                **({"startTime": self._since} if self._since else {}),
                **({"nextToken": position} if position else {}),
            )
            self._positions[stream] = response["nextForwardToken"]
            for event in response["events"]:
                yield LogLine(stream, event["timestamp"], event["message"].rstrip("\n"))
            if response["nextForwardToken"] == position:
                return


def training_log(client: Any, job: str) -> LogTail:
    """The log of all instances of a training job."""
    return LogTail(client, TRAINING_GROUP, f"{job}/")


def endpoint_log(client: Any, endpoint: str) -> LogTail:
    """The log of all instances of an endpoint."""
    return LogTail(client, f"{ENDPOINT_GROUP}/{endpoint}")


def last_lines(lines: Iterable[LogLine], number: int) -> list[str]:
    """The texts of the last `number` lines that are not empty."""
    return list(deque((line.text for line in lines if line.text.strip()), maxlen=number))
