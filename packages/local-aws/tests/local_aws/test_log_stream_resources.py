"""Requests about logs are authorized on a stream, as AWS does, so that a group's own ARN allows nothing but tags."""

from __future__ import annotations

import json

import pytest

from local_aws.iam.condition_keys import with_log_streams

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:jobs"


@pytest.mark.parametrize(
    ("operation", "resource"),
    [
        ("GetLogEvents", f"{GROUP}:log-stream:a/1"),
        ("PutLogEvents", f"{GROUP}:log-stream:a/1"),
        ("CreateLogStream", f"{GROUP}:log-stream:a/1"),
        ("TagResource", GROUP),
    ],
)
def test_a_request_is_authorized_on_its_log_stream(operation, resource):
    body = json.dumps({"logGroupName": "jobs", "logStreamName": "a/1"}).encode()
    headers = {"x-amz-target": f"Logs_20140328.{operation}"}
    assert with_log_streams(lambda *_: GROUP)("logs", "POST", "/", headers, body) == resource


@pytest.mark.parametrize("operation", ["DescribeLogStreams", "FilterLogEvents", "PutRetentionPolicy"])
def test_a_request_without_a_stream_is_authorized_on_one_without_a_name(operation):
    headers = {"x-amz-target": f"Logs_20140328.{operation}"}
    resource = with_log_streams(lambda *_: GROUP)("logs", "POST", "/", headers, b'{"logGroupName": "jobs"}')
    assert resource == f"{GROUP}:log-stream:"
