"""Rates pass as fast as the clock: that of an hour fires within seconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local_aws.conftest import PLAIN
from tests.local_aws.launcher import LocalAws, running_local_aws

SPEED = 1000
"""An hour takes 3.6 seconds."""
ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture(scope="module")
def fast():
    with running_local_aws(*PLAIN, environment={"LOCAL_AWS_CLOCK": str(SPEED)}) as server:
        yield server


def queue(server: LocalAws, name: str) -> tuple[str, str]:
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(server: LocalAws, url: str, number: int = 1) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for _ in range(6):
        messages += server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
        if len(messages) >= number:
            break
    return messages


def test_an_hourly_schedule_fires_again_and_again(fast):
    url, arn = queue(fast, "rate")
    fast.client("scheduler").create_schedule(
        Name="rate",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": json.dumps({"from": "rate"})},
    )
    messages = received(fast, url, 2)
    assert [json.loads(message["Body"]) for message in messages][:2] == [{"from": "rate"}] * 2


def test_a_rate_fires_at_once_and_the_clock_speeds_it_up_once(fast):
    url, arn = queue(fast, "once")
    fast.client("scheduler").create_schedule(
        Name="once",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": "{}"},
    )
    assert len(received(fast, url)) == 1
    assert fast.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=4).get("Messages", []) == []


def test_a_rate_with_a_start_date_waits_for_it(fast):
    url, arn = queue(fast, "later")
    fast.client("scheduler").create_schedule(
        Name="later",
        ScheduleExpression="rate(1 day)",
        StartDate=datetime.now(UTC) + timedelta(seconds=4),
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": "{}"},
    )
    assert fast.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []) == []
    assert len(received(fast, url)) == 1


def test_a_schedules_input_says_when_it_was_called(fast):
    url, arn = queue(fast, "context")
    text = {"time": "<aws.scheduler.scheduled-time>", "schedule": "<aws.scheduler.schedule-arn>"}
    created = fast.client("scheduler").create_schedule(
        Name="context",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": json.dumps(text)},
    )
    body = json.loads(received(fast, url)[0]["Body"])
    assert body["schedule"] == created["ScheduleArn"]
    assert datetime.strptime(body["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) <= datetime.now(UTC)


def test_an_hourly_rule_fires(fast):
    url, arn = queue(fast, "rule")
    events = fast.client("events")
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="hourly", Targets=[{"Id": "queue", "Arn": arn}])
    assert received(fast, url)


@pytest.mark.parametrize(("name", "form"), [("at", "at(%Y-%m-%dT%H:%M:%S)"), ("cron", "cron(%M %H * * ? *)")])
def test_a_moment_stays_that_of_the_real_clock(fast, name, form):
    url, arn = queue(fast, name)
    moment = datetime.now(UTC) + timedelta(minutes=10)
    fast.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"{moment:{form}}",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": "{}"},
    )
    assert fast.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2).get("Messages", []) == []
