"""Large objects hold up no other request, and are written as if each request came alone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from local_aws.front.large_bodies import PIECE, in_pieces, joined
from local_aws.ministack.large_objects import LARGE, spare_the_loop

BIG = b"x" * (LARGE + 1)


class S3:
    """What `spare_the_loop` needs of ministack's S3: it notes the order of requests, and holds back the first one."""

    def __init__(self):
        self.held, self.release = threading.Event(), threading.Event()
        self.order, self.threads = [], {}
        self._buckets = {"bucket": {"objects": {"old": {}}}}
        spare_the_loop(self)

    async def handle_request(self, method, path, _headers, body, query):
        name = f"{method} {path} {''.join(query)}".strip()
        self.threads[name] = threading.current_thread()
        if len(body) > LARGE and not self.held.is_set():
            self.held.set()
            self.release.wait(10)
        self.order.append(name)
        return 200, {}, b""

    def _parse_bucket_key(self, path, _headers):
        bucket, _, key = path.strip("/").partition("/")
        return bucket, key


async def during_a_large_put(s3, *others):
    """Send a large PUT of bucket/key, the others while it is under way, and let it end."""
    put = asyncio.create_task(s3.handle_request("PUT", "/bucket/key", {}, BIG, {}))
    while not s3.held.is_set():
        await asyncio.sleep(0.001)
    tasks = [asyncio.create_task(s3.handle_request(*request)) for request in others]
    await asyncio.sleep(0.05)
    s3.release.set()
    await asyncio.gather(put, *tasks)
    return s3.order


@pytest.mark.parametrize(
    ("request_", "waits"),
    [
        (("GET", "/bucket/key", {}, b"", {}), False),
        (("GET", "/bucket", {}, b"", {"list-type": "2"}), False),
        (("PUT", "/bucket/other", {}, b"", {}), False),
        (("PUT", "/elsewhere/key", {}, b"", {}), False),
        (("PUT", "/bucket/key", {}, b"", {"partNumber": "1"}), False),
        (("PUT", "/bucket/key", {}, b"", {}), True),
        (("DELETE", "/bucket/key", {}, b"", {}), True),
        (("DELETE", "/bucket", {}, b"", {}), True),
        (("POST", "/bucket/key", {}, b"", {"uploadId": "1"}), True),
        (("PUT", "/bucket/key", {}, BIG, {"again": "1"}), True),
    ],
)
def test_only_changes_of_the_same_key_wait_for_a_large_write(request_, waits):
    order = asyncio.run(during_a_large_put(S3(), request_))
    assert (order[0] == "PUT /bucket/key") == waits
    assert len(order) == 2


@pytest.mark.parametrize(
    ("headers", "body", "query", "off"),
    [
        ({}, b"", {}, False),
        ({}, BIG, {}, True),
        ({}, BIG, {"partNumber": "1"}, True),
        ({"x-amz-copy-source": "/a/b"}, b"", {}, True),
    ],
)
def test_what_is_heavy_is_done_off_the_event_loop(headers, body, query, off):
    s3 = S3()
    s3.release.set()
    asyncio.run(s3.handle_request("PUT", "/bucket/key", headers, body, query))
    assert [thread is not threading.main_thread() for thread in s3.threads.values()] == [off]


def test_a_bucket_can_be_listed_while_a_thread_writes_to_it():
    s3 = S3()
    asyncio.run(s3.handle_request("PUT", "/bucket/key", {}, b"", {}))
    objects = s3._buckets["bucket"]["objects"]
    for key in objects:
        objects[f"{key}-new"] = {}
    assert sorted(objects) == ["old", "old-new"]


def sent_for(body):
    """The messages in which an application's one body goes out."""
    messages = []

    async def send(message):
        messages.append(message)

    async def application(scope, receive, send):
        await send({"type": "http.response.body", "body": body})

    asyncio.run(in_pieces(application)({"type": "http"}, None, send))
    return messages


def test_a_request_in_many_pieces_is_joined():
    pieces = [b"a" * PIECE, b"b", b"c" * PIECE]
    assert asyncio.run(joined(pieces)) == b"".join(pieces)


def test_a_large_answer_is_sent_in_pieces():
    body = b"a" * PIECE + b"b" * PIECE + b"c"
    messages = sent_for(body)
    assert b"".join(message["body"] for message in messages) == body
    assert [message["more_body"] for message in messages] == [True, True, False]


def test_an_object_in_parts_reads_back_as_it_was_sent(plain_aws, bucket):
    s3 = plain_aws.client("s3")
    parts = [bytes([number]) * (5 * 1024 * 1024) for number in (1, 2, 3)]
    upload = {"Bucket": bucket, "Key": "large"}
    upload["UploadId"] = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
    tags = [
        {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=part)["ETag"]}
        for number, part in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": tags})
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == b"".join(parts)
    part = s3.get_object(Bucket=bucket, Key="large", Range="bytes=5242879-5242880")["Body"].read()
    assert part == b"\x01\x02"
