"""The hours of requests that a monitoring job looks at: where they begin, where they end, and none without requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from launchpad.requests import RequestError
from tests.unit.monitor_function.calls import MONITOR_JOB, earlier, history, run
from tests.unit.monitor_function.monitored_account import BUCKET, CONFIG, ENDPOINT, JOB, NOW, WORKLOAD


def test_a_window_without_requests_is_a_report_without_a_job(call, account):
    row = run(call)
    assert (row["status"], row["reason"], account.jobs) == ("skipped", "no requests", {})
    report = account.read(f"{BUCKET}/{WORKLOAD}/monitoring/{MONITOR_JOB}/result.json")
    assert (report["status"], report["reason"], report["records"]) == ("skipped", "no requests", 0)
    assert account.metrics == [(ENDPOINT, "Records", 0.0), (ENDPOINT, "HoursSinceReport", 0.0)]
    run(call)
    assert len(account.metrics) == 2


@pytest.mark.parametrize(
    ("reports", "hours"),
    [
        ([], 24),
        ([(5.0, "no_drift", None)], 5),
        ([(30.0, "drift", None), (3.0, "skipped", None)], 30),
        ([(30.0, "drift", None), (3.0, "drift", 2)], 30),
        ([(24.0 * 8, "drift", None)], 24 * 7),
        ([(24.0, "skipped", None)], 72),
        ([(24.0 * 8, "drift", None), (24.0, "skipped", None)], 24 * 7),
    ],
    ids=[
        "first",
        "since the last",
        "skipped ones add up",
        "not those of some hours",
        "at most a week",
        "the first ones were skipped",
        "skipped ones add up for a week",
    ],
)
def test_a_window_begins_where_the_last_comparison_ended(call, account, reports, hours):
    account.capture("2026/11/29/11")
    for end_hours_ago, status, own in reports:
        earlier(account, end_hours_ago, status, own)
    assert run(call)["window"]["start"] == (NOW - timedelta(hours=hours)).isoformat()


def test_a_window_has_what_was_on_its_way_to_s3(call, account):
    account.capture("2026/11/29/11")
    earlier(account, 5, source="captured")
    assert run(call)["window"]["start"] == (NOW - timedelta(hours=5, minutes=5)).isoformat()


def test_a_window_is_as_long_as_the_pauses_of_a_rare_schedule(function, account):
    call = function("  schedule: rate(30 days)\n")
    account.capture("2026/11/29/11")
    earlier(account, 24.0 * 8)
    assert run(call)["window"]["start"] == (NOW - timedelta(days=8)).isoformat()


def test_a_person_may_ask_for_more_hours(call, account):
    account.capture("2026/11/29/11")
    assert run(call, hours=200)["window"]["start"] == (NOW - timedelta(hours=200)).isoformat()


@pytest.mark.parametrize("hours", [0, -1, "two", True, 5000])
def test_hours_that_make_no_sense_are_refused(call, hours):
    with pytest.raises(RequestError, match=r"hours: .* write a whole number from 1 to 2160"):
        run(call, hours=hours)


def test_requests_before_the_model_answered_do_not_count(call, account):
    account.capture("2026/11/29/11")
    served = NOW - timedelta(hours=2)
    record = {"time": served.isoformat(), "job": JOB, "variants": [], "outcome": "asked"}
    account.put(f"{WORKLOAD}/history/20261129T100000000000Z-{CONFIG}.json", record)
    assert run(call)["window"]["start"] == served.isoformat()


def test_a_model_that_is_served_anew_keeps_its_window(call, account):
    account.capture("2026/11/29/11")
    history(account, 20, "dev-boston-housing-t0", "before")
    history(account, 9, JOB, "other-instances")
    history(account, 5, "dev-boston-housing-t0", "refused", outcome="refused")
    history(account, 2, JOB)
    assert run(call)["window"]["start"] == (NOW - timedelta(hours=9)).isoformat()


def test_a_schedules_window_ends_at_its_moment(call, account):
    account.capture("2026/11/29/11")
    assert run(call, by="schedule")["window"]["end"] == NOW.isoformat()
