"""Data capture: AWS's records and files from requests, and nothing of it in a request's way."""

from __future__ import annotations

import base64
import json
import logging
import random
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.api.service import Scope
from local_aws.clock import Clock
from local_aws.sagemaker.hosting import capture as capturing
from local_aws.sagemaker.hosting.capture import MOST_DISK, Captures
from local_aws.sagemaker.hosting.capture_files import FILE_BYTES, OpenFiles
from local_aws.sagemaker.hosting.capture_records import Captured, record
from local_aws.sagemaker.hosting.capture_settings import CaptureTarget, capture_settings, is_enabled, summary
from local_aws.sagemaker.hosting.invocation_modes import Answer, Call

SCOPE = Scope("123456789012", "us-east-1")
MOMENT = 1771464870.683
"""2026-02-19T01:34:30.683Z."""
TYPES = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"


def config(*modes: str, **members: Any) -> dict[str, Any]:
    """An endpoint configuration that captures."""
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/captured/",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes or ("Input", "Output")],
        "CaptureContentTypeHeader": TYPES,
    }
    return {"DataCaptureConfig": {**capture, **members}}


def target(*modes: str, variant: str = "AllTraffic", **members: Any) -> CaptureTarget:
    settings = capture_settings(config(*modes, **members))
    assert settings
    return CaptureTarget(settings, SCOPE, "churn", variant, lambda: "arn:aws:iam::123456789012:role/model")


def captured(to: CaptureTarget | None = None, moment: float = MOMENT, **members: Any) -> Captured:
    values = {"headers": {"content-type": "text/csv"}, "request": b"1,2\n", "content_type": "text/csv; charset=utf-8"}
    return Captured(to or target(), moment, **{**values, "response": b"0.03", **members})


def line(*modes: str, **members: Any) -> dict[str, Any]:
    """The record as its reader sees it."""
    text = record(captured(target(*modes), **members))
    assert text.count(b"\n") == 1
    return dict(json.loads(text))


def test_a_record_has_both_payloads_and_its_metadata() -> None:
    headers = {
        "content-type": "text/csv",
        "x-amzn-sagemaker-inference-id": "row-7",
        "x-amzn-sagemaker-custom-attributes": "tenant=a",
    }
    event = line(headers=headers)
    assert event["captureData"] == {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,2\n", "encoding": "CSV"},
        "endpointOutput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "data": "0.03",
            "encoding": "CSV",
        },
    }
    assert event["eventVersion"] == "0"
    assert len(event["eventMetadata"].pop("eventId")) == 36
    assert event["eventMetadata"] == {
        "inferenceId": "row-7",
        "customAttributes": ["tenant=a"],
        "inferenceTime": "2026-02-19T01:34:30Z",
    }


def test_what_the_caller_did_not_send_is_absent() -> None:
    assert line()["eventMetadata"].keys() == {"eventId", "inferenceTime"}


def test_event_ids_differ() -> None:
    assert line()["eventMetadata"]["eventId"] != line()["eventMetadata"]["eventId"]


@pytest.mark.parametrize(
    "content_type, body, encoding",
    [
        ("application/json", b'{"a": "\xc3\xa9"}', "JSON"),
        ("Application/JSON;charset=utf-8", b"[]", "JSON"),
        ("text/csv", b"", "CSV"),
        ("text/plain", b"text", "BASE64"),
        ("image/png", b"\x89PNG", "BASE64"),
        ("text/csv", b"\xff\xfe1", "BASE64"),
    ],
)
def test_the_encoding_follows_the_listed_types(content_type: str, body: bytes, encoding: str) -> None:
    payload = line(headers={"content-type": content_type}, request=body)["captureData"]["endpointInput"]
    text = base64.b64decode(payload["data"]) if encoding == "BASE64" else payload["data"].encode()
    assert (payload["encoding"], payload["observedContentType"], text) == (encoding, content_type, body)


def test_without_listed_types_everything_is_base64() -> None:
    event = json.loads(record(captured(target(CaptureContentTypeHeader={}))))
    assert {payload["encoding"] for payload in event["captureData"].values()} == {"BASE64"}


@pytest.mark.parametrize(
    "modes, members",
    [
        (("Input",), {"endpointInput"}),
        (("Output",), {"endpointOutput"}),
        (("InputAndOutput",), {"endpointInput", "endpointOutput"}),
    ],
)
def test_only_the_modes_of_the_configuration_are_captured(modes: tuple[str], members: set[str]) -> None:
    assert line(*modes)["captureData"].keys() == members


def test_capture_is_enabled_unless_it_is_switched_off() -> None:
    unsaid = config()
    del unsaid["DataCaptureConfig"]["EnableCapture"]
    assert [is_enabled(each) for each in (unsaid, config(EnableCapture=False), {})] == [True, False, False]
    assert capture_settings(config(EnableCapture=False)) is None


def test_describe_endpoint_says_whether_it_has_started() -> None:
    assert summary({}) is None
    assert summary(config(KmsKeyId=KEY)) == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/captured/",
        "KmsKeyId": KEY,
    }
    stopped = summary(config(EnableCapture=False))
    assert stopped and (stopped["EnableCapture"], stopped["CaptureStatus"]) == (False, "Stopped")


def test_a_file_is_below_its_hour_and_names_its_first_moment() -> None:
    files = OpenFiles(60)
    files.add(captured())
    (file,) = files.ended(all_files=True)
    assert file.location.bucket == "bucket"
    folder, _, name = file.location.key.rpartition("/")
    assert folder == "captured/churn/AllTraffic/2026/02/19/01"
    assert name.startswith("34-30-683-") and name.endswith(".jsonl") and len(name) == len("34-30-683-.jsonl") + 36


def test_each_variant_and_each_hour_has_its_file() -> None:
    files, first, second = OpenFiles(60), target(), target(variant="Shadow")
    for to, moment in ((first, MOMENT), (second, MOMENT), (first, MOMENT + 3600), (first, MOMENT + 1)):
        files.add(captured(to, moment))
    assert sorted(len(file.lines) for file in files.ended(all_files=True)) == [1, 1, 2]


def test_a_file_ends_after_its_time_or_size() -> None:
    patient, hasty = OpenFiles(60), OpenFiles(0)
    to = target()
    for files in (patient, hasty):
        files.add(captured(to))
    assert [len(list(files.ended(all_files=False))) for files in (patient, hasty)] == [0, 1]
    patient.add(captured(to, request=b"1" * FILE_BYTES))
    assert [len(file.lines) for file in patient.ended(all_files=False)] == [2]


class Bucket:
    """Puts objects into a list, or refuses."""

    def __init__(self) -> None:
        self.puts: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.roles: set[str | None] = set()

    def client(self, _service: str, _scope: Scope, role: str | None) -> Bucket:
        self.roles.add(role)
        return self

    def put_object(self, **members: Any) -> None:
        if self.error:
            raise self.error
        self.puts.append(members)

    @property
    def lines(self) -> list[bytes]:
        return [line for put in self.puts for line in put["Body"].splitlines()]


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def captures(bucket: Bucket, disk: float = 0.0) -> Captures:
    context: Any = SimpleNamespace(clock=Clock(60), client=bucket.client)
    return Captures(context, lambda *_: disk)


def add(to: Captures, at: CaptureTarget | None, body: Any = b"0.03", count: int = 1) -> None:
    call = Call(SCOPE, "churn", "InvokeEndpoint", {"content-type": "text/csv"}, b"1,2\n")
    for _ in range(count):
        to.add(at, call, Answer(200, {}, body))


def test_nothing_is_written_before_the_thread_or_a_flush(bucket: Bucket) -> None:
    subject = captures(bucket)
    add(subject, target(KmsKeyId=KEY), count=3)
    assert not bucket.puts
    subject.flush()
    (put,) = bucket.puts
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], len(bucket.lines)) == ("aws:kms", KEY, 3)
    assert bucket.roles == {"arn:aws:iam::123456789012:role/model"}
    subject.flush()
    assert len(bucket.puts) == 1


def test_the_thread_writes_a_file_when_its_time_is_over(bucket: Bucket) -> None:
    subject = captures(bucket)
    subject.start()
    add(subject, target())
    deadline = time.monotonic() + 20
    while not bucket.puts and time.monotonic() < deadline:
        time.sleep(0.02)
    subject.close()
    assert len(bucket.lines) == 1
    assert "ServerSideEncryption" not in bucket.puts[0]


@pytest.mark.parametrize("percent, least, most", [(0, 0, 0), (30, 240, 360), (100, 1000, 1000)])
def test_a_share_of_requests_is_captured(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, percent: int, least: int, most: int
) -> None:
    monkeypatch.setattr(capturing, "random", random.Random(7))  # noqa: S311 (a sample)
    subject = captures(bucket)
    add(subject, target(InitialSamplingPercentage=percent), count=1000)
    subject.flush()
    assert least <= len(bucket.lines) <= most


def test_a_variant_without_capture_and_a_stream_are_left_out(bucket: Bucket) -> None:
    subject = captures(bucket)
    add(subject, None)
    add(subject, target(), body=iter(()))
    subject.flush()
    assert not bucket.puts


@pytest.mark.parametrize("disk, lines", [(MOST_DISK - 0.1, 1), (MOST_DISK, 0)])
def test_a_full_disk_stops_capture_silently(bucket: Bucket, disk: float, lines: int) -> None:
    subject = captures(bucket, disk)
    add(subject, target())
    subject.flush()
    assert len(bucket.lines) == lines


def test_what_s3_refuses_is_lost_and_logged(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    subject = captures(bucket)
    bucket.error = RuntimeError("not authorized to perform: s3:PutObject")
    add(subject, target(), count=2)
    with caplog.at_level(logging.WARNING, "local_aws.capture"):
        subject.flush()
    assert "endpoint churn: 2 captured requests of variant AllTraffic are lost" in caplog.text
    assert "s3:PutObject" in caplog.text
    bucket.error = None
    add(subject, target())
    subject.flush()
    assert len(bucket.lines) == 1


def test_without_an_execution_role_nothing_is_written(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    subject = captures(bucket)
    add(subject, replace(target(), role=lambda: ""))
    with caplog.at_level(logging.WARNING, "local_aws.capture"):
        subject.flush()
    assert not bucket.puts
    assert "has an execution role" in caplog.text


def test_the_memory_of_waiting_requests_is_bounded(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "MOST_BYTES", 20)
    subject = captures(bucket)
    add(subject, target(), count=9)  # 8 bytes each
    subject.flush()
    assert len(bucket.lines) == 3
    add(subject, target())
    subject.flush()
    assert len(bucket.lines) == 4
