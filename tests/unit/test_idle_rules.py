"""What becomes of an endpoint that is not used, and of one with opening hours."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.functions import imported

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
OFFICE = {"open": "08:00", "close": "20:00", "days": "MON-FRI", "timezone": "Europe/Berlin"}


def hour(number: float) -> datetime:
    """A moment so many hours after noon."""
    return NOON + timedelta(hours=number)


@pytest.fixture
def rules(tmp_path, monkeypatch):
    with imported(tmp_path, monkeypatch, "idle_rules", {}) as module:
        yield module


@pytest.fixture
def judged(rules):
    """The verdict at a number of hours after noon on an endpoint that was served at noon."""

    def run(after: float, **facts: Any) -> Any:
        return rules.judge(rules.Facts("dev-demo", **{"changed": NOON, "idle_hours": 8, **facts}), hour(after))

    return run


@pytest.mark.parametrize(
    ("after", "invoked", "reported", "action"),
    [
        (6.9, None, None, "keep"),  # younger than its hours
        (7, None, None, "report"),
        (7.9, None, hour(7), "keep"),
        (8, None, hour(7), "remove"),
        (30, None, None, "report"),  # the runs in between failed: a report comes first all the same
        (30.4, None, hour(30), "keep"),  # two runs in a row
        (30.5, None, hour(30), "remove"),
        (8, hour(7.5), hour(7), "keep"),  # invoked after the report
        (14.5, hour(7.5), hour(7), "report"),  # that report no longer counts
        (15.5, hour(7.5), hour(14.5), "remove"),
    ],
)
def test_an_idle_endpoint_is_reported_then_removed(judged, after, invoked, reported, action):
    verdict = judged(after, invoked=invoked, reported=reported)
    assert verdict.action == action
    assert verdict.why == ("idle" if action == "remove" else "")


def test_a_report_says_since_when_and_until_when(judged):
    verdict = judged(7.25, invoked=hour(0.25))
    assert (verdict.idle_since, verdict.next, verdict.next_at) == (hour(0.25), "removed", hour(8.25))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"idle_hours": 0}, "idle_hours: 0"),
        ({"measured": False}, "CloudWatch doesn't have all metrics at the moment"),
        ({"status": "Updating"}, "it is Updating"),
        ({"status": "Failed"}, "it is Failed"),
        ({"exempt": "serverless"}, "serverless"),
        ({"changed": hour(95)}, "no invocation for 5.0 h of 8 h"),  # an update without metrics yet
    ],
)
def test_what_keeps_an_endpoint_is_the_reason(judged, facts, reason):
    verdict = judged(100, reported=hour(90), **facts)
    assert (verdict.action, verdict.reason) == ("keep", reason)


@pytest.mark.parametrize(
    ("after", "changed", "action"),
    [
        (6.9, NOON, "keep"),  # 19:54 in Berlin
        (7, NOON, "remove"),
        (7.5, hour(7.2), "keep"),  # served by hand after closing time
        (8.3, hour(7.2), "remove"),
        (24, NOON, "remove"),  # Saturday
        (67.1, NOON, "keep"),  # Monday, 8 o'clock
    ],
)
def test_outside_its_hours_an_endpoint_is_removed(judged, after, changed, action):
    verdict = judged(after, changed=changed, hours=(OFFICE,), idle_hours=0)
    assert (verdict.action, verdict.why) == (action, "hours" if action == "remove" else "")


def test_within_its_hours_an_endpoint_is_idle_too(judged):
    assert judged(6, changed=hour(-4), hours=(OFFICE,), reported=hour(5)).why == "idle"


def test_the_end_of_the_day_comes_before_idle(judged):
    verdict = judged(1, hours=(OFFICE,), idle_hours=12)
    assert verdict.next_at == hour(7)


@pytest.mark.parametrize(
    ("after", "removed", "action"),
    [(8, "hours", "keep"), (30, "hours", "keep"), (67, "hours", "restore"), (67, "idle", "keep"), (67, "stop", "keep")],
)
def test_only_what_was_closed_is_brought_back_at_opening(judged, after, removed, action):
    assert judged(after, status=None, removed=removed, hours=(OFFICE,)).action == action


def test_a_closed_endpoint_says_when_it_opens(judged):
    verdict = judged(8, status=None, removed="hours", hours=(OFFICE,))
    assert (verdict.next, verdict.next_at) == ("restored", datetime(2026, 11, 30, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        ("2026-03-29T05:30", OFFICE | {"days": "SUN"}, False),
        ("2026-03-29T06:00", OFFICE | {"days": "SUN"}, True),  # the day on which summer time begins
        ("2026-11-27T23:30", {**OFFICE, "open": "22:00", "close": "04:00", "days": "FRI"}, True),
        ("2026-11-28T02:59", {**OFFICE, "open": "22:00", "close": "04:00", "days": "FRI"}, True),
        ("2026-11-28T03:00", {**OFFICE, "open": "22:00", "close": "04:00", "days": "FRI"}, False),
        ("2026-11-28T12:00", OFFICE | {"days": "SAT-MON"}, True),
        ("2026-11-27T12:00", OFFICE | {"days": "SAT-MON"}, False),
        ("2026-11-25T12:00", OFFICE | {"days": "MON,WED"}, True),
        ("2026-11-26T12:00", OFFICE | {"days": "MON,WED"}, False),
        ("2026-11-26T23:59", OFFICE | {"close": "24:00", "timezone": "UTC"}, True),
        ("2026-11-27T03:00", OFFICE | {"timezone": "Asia/Kolkata"}, True),
    ],
)
def test_hours_are_those_of_their_time_zone(rules, moment, hours, expected):
    assert rules.is_open(hours, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is expected


@pytest.mark.parametrize(("key", "value"), [("timezone", "Europe/Berlyn"), ("days", "MON-FRY")])
def test_hours_that_cannot_be_read_are_refused(rules, key, value):
    with pytest.raises(Exception, match=value):
        rules.is_open({**OFFICE, key: value}, NOON)


def result(identifier: str, *values: float, status: str = "Complete") -> dict[str, Any]:
    """A result of GetMetricData: values of five minutes each, the newest first, before noon."""
    moments = [NOON - timedelta(minutes=5 * number) for number in range(1, len(values) + 1)]
    return {"Id": identifier, "StatusCode": status, "Timestamps": moments, "Values": values}


REALTIME = {"EndpointName": "dev-demo", "ProductionVariants": [{"VariantName": "a"}, {"VariantName": "b"}]}
ASYNC = {"EndpointName": "dev-demo", "ProductionVariants": [{"VariantName": "a"}], "AsyncInferenceConfig": {}}


@pytest.fixture
def activity(tmp_path, monkeypatch):
    """The activity that is concluded from pages of GetMetricData, and what was asked for."""
    with imported(tmp_path, monkeypatch, "endpoint_activity", {}) as module:

        def run(endpoint: Any, *pages: list[dict[str, Any]]) -> Any:
            asked: dict[str, Any] = {}

            def paginate(**request: Any) -> Any:
                asked.update(request)
                return [{"MetricDataResults": page} for page in pages]

            client = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=paginate))
            monkeypatch.setattr(sys.modules["metric_values"], "cloudwatch", client)
            return module.last_activity(endpoint, hour(-8), NOON), asked["MetricDataQueries"]

        yield run


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        ((), (), None),  # never invoked: CloudWatch has no value
        ((0, 0), (0,), None),
        ((0, 0, 3, 9), (), hour(-10 / 60)),
        ((0, 0, 3), (0, 1), hour(-5 / 60)),  # the other variant
        ((2,), (), NOON),
    ],
)
def test_the_last_invocation_of_any_variant_counts(activity, first, second, last):
    outcome, queries = activity(REALTIME, [result("m0", *first), result("m1", *second)])
    assert (outcome.last, outcome.complete) == (last, True)
    dimensions = [query["MetricStat"]["Metric"]["Dimensions"][1]["Value"] for query in queries]
    assert dimensions == ["a", "b"]
    assert {query["MetricStat"]["Metric"]["MetricName"] for query in queries} == {"Invocations"}


@pytest.mark.parametrize(
    ("page", "complete"), [([result("m0")], False), ([result("m0"), result("m1", status="InternalError")], False)]
)
def test_a_metric_that_is_missing_from_the_response_is_no_proof(activity, page, complete):
    outcome, _ = activity(REALTIME, page)
    assert outcome.complete is complete


def test_metrics_on_several_pages_are_read_to_the_end(activity):
    pages = [result("m0", 0, status="PartialData"), result("m1", 0)], [result("m0", 0, 0, 1)]
    outcome, _ = activity(REALTIME, *pages)
    assert (outcome.last, outcome.complete) == (hour(-10 / 60), True)


@pytest.mark.parametrize("metric", ["InvocationsProcesssed", "ExpiredRequests", "ApproximateBacklogSize"])
def test_an_async_endpoint_is_judged_by_its_own_metrics(activity, metric):
    _, queries = activity(ASYNC, [])
    names = {query["Id"]: query["MetricStat"]["Metric"]["MetricName"] for query in queries}
    assert "Invocations" not in names.values()
    outcome, _ = activity(ASYNC, [result(name, 1 if names[name] == metric else 0) for name in names])
    assert (outcome.last, outcome.complete) == (NOON, True)


def test_the_backlog_is_a_metric_of_the_endpoint_alone(activity):
    _, queries = activity(ASYNC, [])
    (backlog,) = [query["MetricStat"] for query in queries if "Backlog" in query["MetricStat"]["Metric"]["MetricName"]]
    assert backlog["Metric"]["Dimensions"] == [{"Name": "EndpointName", "Value": "dev-demo"}]
    assert backlog["Stat"] == "Maximum"
