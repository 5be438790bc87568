"""FilterLogEvents by streams, times, patterns and pages; tokens and events that CloudWatch Logs refuses."""

from __future__ import annotations

import time
import uuid

import pytest
from botocore.exceptions import ClientError

from local_aws.sagemaker.logs import LogStream
from tests.local_aws.client_errors import refused
from tests.local_aws.metrics import recent_sum


@pytest.fixture(scope="module")
def logs(plain_aws):
    return plain_aws.client("logs")


@pytest.fixture(scope="module")
def group(logs):
    """Twelve events in each of three streams, at the same times."""
    name, now = f"/events/{uuid.uuid4().hex[:8]}", int(time.time() * 1000)
    logs.create_log_group(logGroupName=name)
    for stream in ("a1", "a2", "b1"):
        events = [{"timestamp": now + number, "message": f"{stream} event {number}"} for number in range(12)]
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=events)
    return name


def messages(response):
    return [event["message"] for event in response["events"]]


def test_pages_of_filtered_events_leave_none_out(logs, group):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, PaginationConfig={"PageSize": 7})
    found = [message for page in pages for message in messages(page)]
    assert len(found) == len(set(found)) == 36


def test_events_are_filtered_by_streams_patterns_and_times(logs, group):
    prefixed = logs.filter_log_events(logGroupName=group, logStreamNamePrefix="a", filterPattern='"event 7"')
    assert messages(prefixed) == ["a1 event 7", "a2 event 7"]
    named = logs.filter_log_events(logGroupName=group, logStreamNames=["b1"], filterPattern="?7 ?9")
    assert messages(named) == ["b1 event 7", "b1 event 9"]
    second = named["events"][1]["timestamp"]
    late = logs.filter_log_events(logGroupName=group, logStreamNames=["b1"], startTime=second, endTime=second + 1)
    assert messages(late) == ["b1 event 9", "b1 event 10"]


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("filter_log_events", {"logStreamNames": ["a1"], "logStreamNamePrefix": "a"}, "InvalidParameterException"),
        ("filter_log_events", {"logStreamNames": ["none"]}, "ResourceNotFoundException"),
        ("filter_log_events", {"nextToken": "rubbish"}, "InvalidParameterException"),
        ("describe_log_streams", {"nextToken": "rubbish"}, "InvalidParameterException"),
        ("describe_metric_filters", {"nextToken": "rubbish"}, "InvalidParameterException"),
    ],
)
def test_what_the_reference_rules_out_is_refused(logs, group, operation, members, code):
    with pytest.raises(ClientError) as refused:
        getattr(logs, operation)(logGroupName=group, **members)
    assert refused.value.response["Error"]["Code"] == code


HOUR = 3600 * 1000
DAY = 24 * HOUR
MEGABYTE = 1_048_576


@pytest.fixture
def stream(logs):
    """A log group and its stream, as PutLogEvents and GetLogEvents name them."""
    name = f"/events/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    return {"logGroupName": name, "logStreamName": "s"}


def events_of(ages, message="m"):
    """Events of these ages in milliseconds, numbered."""
    now = int(time.time() * 1000)
    return [{"timestamp": now - age, "message": f"{message}{index}"} for index, age in enumerate(ages)]


SIZED = "0" * (MEGABYTE - 27)
"""A message that with its number and 26 bytes is as large as an event and a batch may be."""
BATCHES = {
    "order": (events_of([0, 1]), "Log events in a single PutLogEvents request must be in chronological order."),
    "day": (
        events_of([DAY + 1, 0]),
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    ),
    "event": (events_of([0], f"{SIZED}0"), "Log event too large: 1048577 bytes exceeds limit of 1048576"),
    "batch": (events_of([1, 0], SIZED[:524288]), "Upload too large: 1048630 bytes exceeds limit of 1048576"),
    "bytes": (events_of([0], SIZED[1:] + "\u00e9"), "Log event too large: 1048577 bytes exceeds limit of 1048576"),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_is_refused(logs, stream, name):
    events, words = BATCHES[name]
    assert refused(logs.put_log_events, **stream, logEvents=events) == f"InvalidParameterException: {words}"
    assert logs.get_log_events(**stream)["events"] == []


def test_the_largest_batch_is_taken(logs, stream):
    assert "rejectedLogEventsInfo" not in logs.put_log_events(**stream, logEvents=events_of([0], SIZED))
    assert [len(message) for message in messages(logs.get_log_events(**stream))] == [MEGABYTE - 26]


@pytest.mark.parametrize(
    ("retention", "ages", "rejected", "kept_messages"),
    [
        (None, [30 * DAY], {"tooOldLogEventEndIndex": 1}, []),
        (None, [-DAY], {"tooNewLogEventStartIndex": 0}, []),
        (
            None,
            [20 * DAY, 15 * DAY, HOUR, -HOUR, -3 * HOUR],
            {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4},
            ["m2", "m3"],
        ),
        (3, [4 * DAY, 0], {"expiredLogEventEndIndex": 1}, ["m1"]),
        (3, [15 * DAY, 4 * DAY, 0], {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}, ["m2"]),
        (30, [13 * DAY], None, ["m0"]),
    ],
)
def test_events_of_other_times_are_rejected(logs, stream, retention, ages, rejected, kept_messages):
    if retention:
        logs.put_retention_policy(logGroupName=stream["logGroupName"], retentionInDays=retention)
    response = logs.put_log_events(**stream, logEvents=events_of(ages))
    assert response.get("rejectedLogEventsInfo") == rejected
    assert response["nextSequenceToken"]
    assert messages(logs.get_log_events(**stream)) == kept_messages


def test_rejected_events_are_not_counted(logs, plain_aws, stream):
    namespace = f"Events/{uuid.uuid4().hex[:8]}"
    transformation = {"metricNamespace": namespace, "metricName": "Lines", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=stream["logGroupName"], filterName="f", filterPattern="", metricTransformations=[transformation]
    )
    logs.put_log_events(**stream, logEvents=events_of([15 * DAY, 0]))
    deadline = time.monotonic() + 20
    while not (count := recent_sum(plain_aws.client("cloudwatch"), namespace, "Lines")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert count == 1


def test_lines_of_a_program_are_sent_in_batches_of_a_megabyte(logs):
    group, lines = f"/lines/{uuid.uuid4().hex[:8]}", [f"{index}{'x' * 199_999}" for index in range(12)]
    sink = LogStream(logs, group, "s")
    for line in lines:
        sink(line)
    sink.close()
    assert sorted(messages(logs.filter_log_events(logGroupName=group))) == sorted(lines)
