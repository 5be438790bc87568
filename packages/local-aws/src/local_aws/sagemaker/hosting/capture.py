"""Data capture: a share of the requests and answers of endpoints, as files in S3.

`add` is called in a request's path: it chooses by chance and appends to a deque, which is thread-safe without a lock.
One thread does everything else, with the execution role. As on AWS, capture never delays or fails a request, and what
prevents it is not reported to the caller: the reason is in the server's log.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable

from local_aws.api.service import Scope
from local_aws.context import Context
from local_aws.sagemaker.hosting.capture_files import FILE_SECONDS, CaptureFile, OpenFiles
from local_aws.sagemaker.hosting.capture_records import DEFAULT_TYPE, Captured
from local_aws.sagemaker.hosting.capture_settings import CaptureTarget
from local_aws.sagemaker.hosting.invocation_modes import Answer, Call

log = logging.getLogger("local_aws.capture")

MOST_DISK = 75.0
"""Percent of a variant's volume from which on nothing is captured. AWS documents only that capture goes on below it."""
MOST_BYTES = 64 * 1024**2
"""Requests and answers that wait for S3 in memory; what comes on top is not captured."""
LOOK_SECONDS = 0.1
"""Records are made in one go each time: changes of thread cost requests more than the milliseconds that it takes."""

DiskUse = Callable[[Scope, str, str], float]
"""The latest DiskUtilization of an endpoint's variant."""


class Captures:
    """The captured requests of all endpoints of a server."""

    def __init__(self, context: Context, disk_use: DiskUse) -> None:
        self._context, self._disk_use = context, disk_use
        self._waiting: deque[Captured] = deque()
        self._files = OpenFiles(context.clock.seconds(FILE_SECONDS))
        self._added = self._finished = 0
        """Bytes; each is changed by one thread only: the event loop's, and the one that has the lock."""
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, target: CaptureTarget | None, call: Call, answer: Answer) -> None:
        """Capture a request that was answered, if it is chosen; on the event loop, without waiting.

        Note: no source says whether AWS captures response streams, so they are left out.
        """
        if target is None or not isinstance(answer.body, bytes):
            return
        percent = target.settings.percent
        if percent < 100 and random.random() * 100 >= percent:  # noqa: S311 (a sample, not secrets)
            return
        if self._added - self._finished > MOST_BYTES:
            return
        moment = time.time() - (time.perf_counter() - call.begun)
        content_type = answer.headers.get("content-type") or DEFAULT_TYPE
        captured = Captured(target, moment, call.headers, call.body, content_type, answer.body)
        self._added += captured.size
        self._waiting.append(captured)

    def start(self) -> None:
        """Begin to write files, unless that has begun; called by each endpoint that captures."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Return once all that was captured so far is in S3, or could not be written."""
        with self._lock:
            self._work(all_files=True)

    def close(self) -> None:
        """Write the rest, because the server stops."""
        self._closed.set()
        self.flush()

    def _run(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            with self._lock:
                try:
                    self._work(all_files=False)
                except Exception:  # the next look may succeed, and no request may suffer
                    log.exception("data capture failed")

    def _work(self, *, all_files: bool) -> None:
        for _ in range(len(self._waiting)):
            self._record(self._waiting.popleft())
        for file in self._files.ended(all_files=all_files):
            self._write(file)
            self._finished += file.captured

    def _record(self, captured: Captured) -> None:
        target = captured.target
        if self._disk_use(target.scope, target.endpoint, target.variant) < MOST_DISK:
            self._files.add(captured)
        else:
            self._finished += captured.size

    def _write(self, file: CaptureFile) -> None:
        target, location = file.target, file.location
        key = target.settings.kms_key
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        try:
            role = target.role()
            if not role:
                raise PermissionError("neither the endpoint configuration nor the model has an execution role")
            s3 = self._context.client("s3", target.scope, role)
            s3.put_object(Bucket=location.bucket, Key=location.key, Body=b"".join(file.lines), **encryption)
        except Exception as error:  # whatever the reason, neither the endpoint nor its callers may notice
            log.warning(
                "endpoint %s: %d captured requests of variant %s are lost, because %s could not be written: %s",
                target.endpoint,
                len(file.lines),
                target.variant,
                location,
                error,
            )
