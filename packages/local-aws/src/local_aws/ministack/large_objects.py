"""S3's large objects: hashed, joined and copied in threads, because a gigabyte takes seconds.

Note: ministack's S3 has no locks: it relies on the event loop to process one request at a time. So while a thread
writes an object, other writes to the same key, and changes of its bucket, wait. Reads and other keys do not.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from local_aws.api.errors import Response

THREADS = 4
LARGE = 1024 * 1024
"""Bytes that take the event loop about two milliseconds: fewer are not worth a thread."""
READS = {"GET", "HEAD", "OPTIONS"}
COPY = "x-amz-copy-source"

Request = Callable[[], Awaitable[Response]]


class LargeObjects:
    """Moves heavy work to threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
        self._busy: dict[tuple[str, str], asyncio.Future[Response]] = {}
        """Keys that threads are writing, by bucket and key."""

    async def write(self, bucket: str, key: str, request: Request, *, heavy: bool) -> Response:
        """Run a request that changes an object, or the bucket if ``key`` is empty."""
        while others := [
            task for location, task in self._busy.items() if location[0] == bucket and key in ("", location[1])
        ]:
            await asyncio.wait(others)
        if not heavy:
            return await request()
        task = self._busy[bucket, key] = self._start(request)
        task.add_done_callback(lambda _: self._busy.pop((bucket, key)))
        # Shielded, because the thread continues when the client disconnects, and the key is busy until it ends.
        return await asyncio.shield(task)

    async def write_part(self, request: Request) -> Response:
        """Write a part of an upload: parts of one object are written in parallel."""
        return await asyncio.shield(self._start(request))

    def _start(self, request: Request) -> asyncio.Future[Response]:
        context = contextvars.copy_context()  # account and region
        return asyncio.get_running_loop().run_in_executor(self._threads, context.run, _run, request)


def _run(request: Request) -> Response:
    async def answer() -> Response:
        return await request()

    return asyncio.run(answer())


class Snapshots(dict[str, Any]):
    """A bucket's objects, which a thread may add to while the event loop lists them."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().__iter__()))


def spare_the_loop(s3: Any) -> None:
    """Change ministack's S3 so that large objects do not delay other requests."""
    inner, large = s3.handle_request, LargeObjects()

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], *rest: Any, **options: Any
    ) -> Response:
        request: Request = partial(inner, method, path, headers, body, query, *rest, **options)
        if method in READS:
            return await request()
        heavy = len(body) > LARGE or COPY in headers
        if method == "PUT" and "partNumber" in query:
            return await (large.write_part(request) if heavy else request())
        bucket, key = s3._parse_bucket_key(path, headers)
        _snapshot(s3, bucket)
        completes = method == "POST" and "uploadId" in query
        return await large.write(bucket, key, request, heavy=heavy or completes)

    s3.handle_request = handle_request


def _snapshot(s3: Any, bucket: str) -> None:
    record = s3._buckets.get(bucket)
    if record and not isinstance(record["objects"], Snapshots):
        record["objects"] = Snapshots(record["objects"])
