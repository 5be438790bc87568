"""A program's output, line by line into a CloudWatch Logs stream, with the credentials of the program's role.

Lines are collected for a moment and sent together; none is lost, because `close` waits for the last.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.api.log_batches import MOST_BYTES, event_bytes

log = logging.getLogger("local_aws.logs")

BATCH_LINES = 1000
BATCH_SECONDS = 0.1
MAX_LINE = 256_000
"""CloudWatch refuses a longer message (256 KB); the rest is cut off."""
LAST_LINES = 20


class LogStream:
    """One stream of a log group; a `LogSink` of the runtimes."""

    def __init__(self, logs: Any, group: str, stream: str) -> None:
        self.group, self.stream = group, stream
        self.last_lines: list[str] = []
        self._logs = logs
        self._queue: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_all, name=f"logs {stream}", daemon=True)
        self._sender.start()

    def __call__(self, line: str) -> None:
        """Add one line; returns at once."""
        self.last_lines = [*self.last_lines[1 - LAST_LINES :], line]
        # CloudWatch refuses an empty message, so SageMaker leaves empty lines out.
        if line.strip():
            self._queue.put((int(time.time() * 1000), line[:MAX_LINE]))

    def close(self) -> None:
        """Return once every line is in CloudWatch Logs."""
        self._queue.put(None)
        self._sender.join()

    def _send_all(self) -> None:
        self._attempt(self._logs.create_log_group, logGroupName=self.group)
        self._attempt(self._logs.create_log_stream, logGroupName=self.group, logStreamName=self.stream)
        ended = False
        while not ended:
            batch, ended = self._gather()
            if batch:
                self._put(batch)

    def _gather(self) -> tuple[list[tuple[int, str]], bool]:
        """The lines of the next moment, and whether the stream has ended."""
        batch: list[tuple[int, str]] = []
        deadline = float("inf")
        while len(batch) < BATCH_LINES:
            try:
                entry = self._queue.get(timeout=None if not batch else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if entry is None:
                return batch, True
            deadline = min(deadline, time.monotonic() + BATCH_SECONDS)
            batch.append(entry)
        return batch, False

    def _put(self, batch: list[tuple[int, str]]) -> None:
        events: list[dict[str, Any]] = []
        size = 0
        for when, line in sorted(batch, key=lambda entry: entry[0]):
            line_size = event_bytes(line)
            if size + line_size > MOST_BYTES:
                self._put_events(events)
                events, size = [], 0
            events.append({"timestamp": when, "message": line})
            size += line_size
        self._put_events(events)

    def _put_events(self, events: list[dict[str, Any]]) -> None:
        self._attempt(self._logs.put_log_events, logGroupName=self.group, logStreamName=self.stream, logEvents=events)

    def _attempt(self, call: Any, **arguments: Any) -> None:
        """Make a call, and ignore AWS's refusal: as on AWS, a job continues when its role may not write logs."""
        try:
            call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                log.warning("%s/%s: %s", self.group, self.stream, error)
        except BotoCoreError as error:
            log.warning("%s/%s: %s", self.group, self.stream, error)
