"""Schedules and scheduled actions are due in their time zones, by a fixed clock, also when its clocks change."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime

import pytest

from tests.local_aws.launcher import PYTHON

BERLIN = "Europe/Berlin"
"""Its clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October 2026."""
CASES = {
    "winter": ("cron(0 8 * * ? *)", BERLIN, "2026-01-10T00:00", "2026-01-10T07:00"),
    "summer": ("cron(0 8 * * ? *)", BERLIN, "2026-07-10T00:00", "2026-07-10T06:00"),
    "half an hour": ("cron(0 9 * * ? *)", "Asia/Kolkata", "2026-07-10T00:00", "2026-07-10T03:30"),
    "utc": ("cron(0 8 * * ? *)", "UTC", "2026-07-10T00:00", "2026-07-10T08:00"),
    "no zone": ("cron(0 8 * * ? *)", None, "2026-07-10T00:00", "2026-07-10T08:00"),
    "day before": ("cron(0 1 ? * MON *)", "Asia/Tokyo", "2026-07-12T00:00", "2026-07-12T16:00"),
    "skipped hour": ("cron(30 2 * * ? *)", BERLIN, "2026-03-29T00:00", "2026-03-30T00:30"),
    "repeated hour": ("cron(30 2 * * ? *)", BERLIN, "2026-10-24T22:00", "2026-10-25T00:30"),
    "repeated hour is once": ("cron(30 2 * * ? *)", BERLIN, "2026-10-25T00:30", "2026-10-26T01:30"),
    "made within the repetition": ("cron(30 2 * * ? *)", BERLIN, "2026-10-25T01:10", "2026-10-26T01:30"),
    "at": ("at(2026-07-10T08:00:00)", BERLIN, "2026-07-09T00:00", "2026-07-10T06:00"),
    "at, passed": ("at(2026-07-10T08:00:00)", BERLIN, "2026-07-10T06:00", None),
}
"""By name: the expression, its zone, the clock, and when it is due next; the last two in UTC."""
PROGRAM = """
import json, os, sys, time
os.environ["AWS_SECRET_ACCESS_KEY"] = "zones"
from ministack.services import eventbridge, scheduler
from local_aws.application_autoscaling.schedule import next_due
from local_aws.clock import Clock
from local_aws.ministack.schedule_sweep import keep_time_zones
from local_aws.ministack.schedules import next_time

keep_time_zones()
fired = []
eventbridge._invoke_target = lambda target, event, rule: fired.append(event["Time"])
TARGET = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"}

def sweeps(expression, zone, begin, seconds, step):
    # When a schedule fires, if the clock goes on in steps.
    fired.clear()
    scheduler._schedules.clear()
    scheduler._schedule_last_fired.clear()
    schedule = {"State": "ENABLED", "ScheduleExpression": expression, "Target": TARGET, "CreationDate": begin}
    scheduler._schedules["default/one"] = {**schedule, **({"ScheduleExpressionTimezone": zone} if zone else {})}
    for moment in range(int(begin), int(begin) + seconds, step):
        scheduler.time.time = lambda: moment
        scheduler._tick_schedules()
    return list(fired)

for name, (expression, zone, now) in json.load(sys.stdin).items():
    action = {"Schedule": expression, **({"Timezone": zone} if zone else {})}
    due = next_due(action, now, Clock(), next_time)
    print(json.dumps([name, due, sweeps(expression, zone, now, 3 * 86400, 600)]))
"""


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[float | None, list[float]]]:
    questions = {name: (expression, zone, seconds(now)) for name, (expression, zone, now, _) in CASES.items()}
    program = subprocess.run(
        [PYTHON, "-c", PROGRAM], input=json.dumps(questions), capture_output=True, text=True, check=True, timeout=60
    )
    return {name: (due, fired) for name, due, fired in map(json.loads, program.stdout.splitlines())}


@pytest.mark.parametrize("name", CASES)
def test_a_scheduled_action_is_due_in_its_time_zone(outcomes, name):
    expected = CASES[name][3]
    assert outcomes[name][0] == (expected and seconds(expected))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[3]])
def test_a_schedule_fires_in_its_time_zone(outcomes, name):
    expected = seconds(CASES[name][3])
    assert [moment for moment in outcomes[name][1] if moment <= expected] == [expected]


def test_a_repeated_hour_fires_once(outcomes):
    within = [moment for moment in outcomes["repeated hour"][1] if moment < seconds("2026-10-25T12:00")]
    assert within == [seconds("2026-10-25T00:30")]
