"""Reading a log is authorized on the stream, as AWS does; creating one on the group."""

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
        ("CreateLogStream", GROUP),
    ],
)
def test_a_request_is_authorized_on_its_log_stream(operation, resource):
    body = json.dumps({"logGroupName": "jobs", "logStreamName": "a/1"}).encode()
    headers = {"x-amz-target": f"Logs_20140328.{operation}"}
    assert with_log_streams(lambda *_: GROUP)("logs", "POST", "/", headers, body) == resource
