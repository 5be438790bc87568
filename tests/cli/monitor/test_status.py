"""`launchpad monitor status`: a row per report, the endpoint's alarms, and when the schedule runs next."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from launchpad.cli import drift_states
from launchpad.cli import monitoring as shared
from launchpad.platform_client.monitoring.alarms import alarms_of
from launchpad.requests.schedules import next_run
from launchpad.workload import Monitoring
from tests.cli.monitor.reports import GOOD, NOW, PLATFORM, POOR, SKIPPED, report


def alarms(*items):
    pages = [{"MetricAlarms": list(items)}]
    client = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: pages))
    return SimpleNamespace(name="dev", client=lambda _: client)


def alarm(metric, dimension, value="dev-demo", state="OK", namespace="Launchpad/Monitoring"):
    return {
        "AlarmName": metric,
        "Namespace": namespace,
        "MetricName": metric,
        "StateValue": state,
        "Dimensions": [{"Name": dimension, "Value": value}],
    }


def test_alarms_are_those_of_the_endpoint_in_a_fixed_order():
    listed = alarms_of(
        alarms(
            alarm("DiskUtilization", "EndpointName", namespace="/aws/sagemaker/Endpoints"),
            alarm("Quality", "Endpoint", state="INSUFFICIENT_DATA"),
            alarm("DriftedShare", "Endpoint", state="ALARM"),
            alarm("DriftedShare", "Endpoint", value="dev-demo-2", state="ALARM"),
        ),
        "dev-demo",
    )
    assert [(each.kind, each.words) for each in listed] == [
        ("drift", "ALARM"),
        ("quality", "no data yet"),
        ("disk use", "OK"),
    ]


@pytest.fixture
def states(monkeypatch, capsys):
    """What `launchpad monitor status` prints of these reports."""

    def run(*listed, as_json=False, status="InService", **section):
        connection = alarms(alarm("DriftedShare", "Endpoint", state="ALARM"))
        monkeypatch.setattr(shared, "endpoint_of", lambda *_: "dev-demo")
        monkeypatch.setattr(shared, "is_served", lambda _: True)
        monkeypatch.setattr(shared, "endpoint_status", lambda *_: status)
        if as_json:
            return shared.status_json(connection, "demo", Monitoring(**section), listed)
        shared.show_status(connection, "demo", Monitoring(**section), listed)
        return "".join(capsys.readouterr())

    return run


def test_status_has_a_row_per_report_and_the_alarms(states):
    text = states(report("new", quality=GOOD), report("old", **SKIPPED))
    row = next(line for line in text.splitlines() if line.endswith("new"))
    assert row.split()[:6] == ["2026-11-29", "06:30", "dev-demo", "drift", "500", "50%"]
    assert "auc 0.91 (at least 0.8)" in row
    assert "age 3.10" in row
    assert "old: 12 records, fewer than 200" in text
    assert "drift ALARM" in text


def test_status_without_a_report_names_the_command(states):
    assert "demo has no report yet; `launchpad monitor run demo --env dev` makes one" in states()


def test_status_names_alarms_of_the_endpoint_only(states):
    text = states(report("new", endpoint="dev-demo/challenger"), report("old"))
    assert "dev-demo/challenger" in text
    assert "alarms of dev-demo/challenger" not in text


def test_status_says_that_a_closed_endpoint_is_not_monitored(states):
    closed = "closed: nothing is reported of it, and no alarm watches it, until `launchpad serve demo --env dev`"
    assert closed in " ".join(states(report("one"), status="gone").split())
    assert states(report("one"), status="gone", as_json=True)["closed_endpoint"] == "dev-demo"
    assert "closed" not in states(report("one"))


def test_status_says_when_a_cron_schedule_runs_next(states):
    content = states(as_json=True, schedule="cron(0 5 * * ? *)")
    assert (content["next_run"].hour, content["next_run"].minute) == (5, 0)
    assert content["next_run"] > datetime.now(UTC)
    assert content["hours_since"] is None


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("rate(2 hours)", "2026-11-29T08:30:00+00:00"),
        ("cron(0 6 * * ? *)", "2026-11-30T06:00:00+00:00"),
        ("cron(45 6 * * ? *)", "2026-11-29T06:45:00+00:00"),
        ("cron(0 6 ? * MON *)", "2026-11-30T06:00:00+00:00"),
        ("cron(0 6 L * ? *)", "2026-11-30T06:00:00+00:00"),
        ("cron(0 6 29 2 ? *)", "2028-02-29T06:00:00+00:00"),
    ],
)
def test_the_next_run_of_a_schedule(expression, moment):
    assert next_run(expression, NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (None, "no report yet"),
        (report(), "drift, 50% of columns, "),
        (report(status="no_drift", quality=POOR), "no drift, 50% of columns, quality missed, "),
        (report(**SKIPPED), "skipped, "),
    ],
)
def test_status_of_an_endpoint_has_its_drift_and_its_age(last, words):
    state = drift_states.DriftState(PLATFORM, SimpleNamespace(name="demo"), "dev-demo-1", last)  # type: ignore[arg-type]
    assert state.words.plain.startswith(words)
