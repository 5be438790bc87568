"""FilterLogEvents by streams, times, patterns and pages; tokens and orders that CloudWatch Logs refuses."""

from __future__ import annotations

import time
import uuid

import pytest
from botocore.exceptions import ClientError


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


def test_events_out_of_order_are_refused(logs, group):
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": "second"}, {"timestamp": now - 1, "message": "first"}]
    with pytest.raises(ClientError, match="must be in chronological order"):
        logs.put_log_events(logGroupName=group, logStreamName="a1", logEvents=events)
