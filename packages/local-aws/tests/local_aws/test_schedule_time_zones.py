"""Schedules and scheduled actions are due in their time zones, by a fixed clock, also when its clocks change."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime

import pytest

from tests.local_aws.launcher import PYTHON


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


BERLIN = "Europe/Berlin"
"""Its clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October 2026."""
AT = "at(2026-07-01T08:00:00)"
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
"""Cases by name: the expression, its zone, the clock, and when it is due next; the last two in UTC."""
CHANGES = {
    "one-time schedule changed to a later time": (
        [
            ("07-01T00:00", {"ScheduleExpression": AT}),
            ("07-02T00:00", {"ScheduleExpression": "at(2026-07-02T08:00:00)"}),
        ],
        ["07-01T08:00", "07-02T08:00"],
    ),
    "one-time schedule whose target changed": (
        [("07-01T00:00", {"ScheduleExpression": AT}), ("07-02T00:00", {"Description": "another"})],
        ["07-01T08:00"],
    ),
    "one-time schedule deleted and created": (
        [
            ("07-01T00:00", {"ScheduleExpression": AT}),
            (
                "07-02T00:00",
                {"ScheduleExpression": "at(2026-07-02T08:00:00)", "CreationDate": seconds("2026-07-02T00:00")},
            ),
        ],
        ["07-01T08:00", "07-02T08:00"],
    ),
    "start and end of a one-time schedule": (
        [("07-01T00:00", {"ScheduleExpression": AT, "StartDate": "2027-01-01", "EndDate": "2026-01-01"})],
        ["07-01T08:00"],
    ),
    "cron changed to a time that has passed today": (
        [
            ("07-01T10:00", {"ScheduleExpression": "cron(0 12 * * ? *)"}),
            ("07-02T11:00", {"ScheduleExpression": "cron(0 10 * * ? *)"}),
        ],
        ["07-01T12:00", "07-03T10:00"],
    ),
    "cron enabled again": (
        [
            ("07-01T10:00", {"ScheduleExpression": "cron(0 12 * * ? *)"}),
            ("07-02T10:00", {"State": "DISABLED"}),
            ("07-03T13:00", {"State": "ENABLED"}),
        ],
        ["07-01T12:00", "07-04T12:00"],
    ),
    "cron with a start": (
        [
            ("07-01T00:00", {"ScheduleExpression": "cron(0 12 * * ? *)", "StartDate": "2026-07-01T13:00:00+00:00"}),
            ("07-02T00:00", {}),
        ],
        ["07-02T12:00"],
    ),
}
"""Cases by name: the states of a schedule, each from a day's time in 2026, and when it fires."""
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

def changes(states):
    # When a schedule fires that has each of these states from a time on, looked at every ten minutes for a day.
    fired.clear()
    scheduler._schedules.clear()
    scheduler._schedule_last_fired.clear()
    usual = {"State": "ENABLED", "Target": TARGET, "CreationDate": states[0][0]}
    for begin, state in states:
        scheduler._schedules["default/one"] = usual = {**usual, "LastModificationDate": begin, **state}
        for moment in range(int(begin), int(begin) + 86400, 600):
            scheduler.time.time = lambda: moment
            scheduler._tick_schedules()
    return list(fired)

questions = json.load(sys.stdin)
for name, states in questions.pop("changes").items():
    print(json.dumps([name, None, changes(states)]))
for name, (expression, zone, now) in questions.items():
    action = {"Schedule": expression, **({"Timezone": zone} if zone else {})}
    due = next_due(action, now, Clock(), next_time)
    print(json.dumps([name, due, sweeps(expression, zone, now, 3 * 86400, 600)]))
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[float | None, list[float]]]:
    questions = {
        "changes": {
            name: [(seconds(f"2026-{day}"), state) for day, state in states] for name, (states, _) in CHANGES.items()
        },
        **{name: (expression, zone, seconds(now)) for name, (expression, zone, now, _) in CASES.items()},
    }
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


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_schedule_fires_at_its_new_times_only(outcomes, name):
    expected = [seconds(f"2026-{moment}") for moment in CHANGES[name][1]]
    assert outcomes[name][1] == expected
