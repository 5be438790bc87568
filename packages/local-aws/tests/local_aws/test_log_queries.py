"""CloudWatch Logs Insights refuses the commands that are not evaluated here."""

from __future__ import annotations

import time
import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def group(plain_aws):
    logs, name = plain_aws.client("logs"), f"/queries/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in ("loss 1", "loss 2", "an error")]
    logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=events)
    return name


def ask(plain_aws, group, query):
    logs, now = plain_aws.client("logs"), int(time.time())
    started = logs.start_query(logGroupName=group, startTime=now - 60, endTime=now + 60, queryString=query)
    return logs.get_query_results(queryId=started["queryId"])["results"]


@pytest.mark.parametrize(
    "command",
    [
        "stats count(*) by @logStream",
        'filter @message like "loss"',
        "parse @message 'loss *' as loss",
        "sort loss desc",
    ],
)
def test_a_command_that_is_not_evaluated_is_refused(plain_aws, group, command):
    with pytest.raises(ClientError, match=r"NotImplementedException.*does not evaluate") as refusal:
        ask(plain_aws, group, f"fields @message | {command}")
    assert command in str(refusal.value)


def test_a_query_that_is_evaluated_is_answered(plain_aws, group):
    rows = ask(plain_aws, group, "fields @message | filter @message like /loss/ | sort @timestamp desc | limit 5")
    assert sorted(row[0]["value"] for row in rows) == ["loss 1", "loss 2"]
