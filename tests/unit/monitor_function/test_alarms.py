"""How the monitor function reacts to an alarm: one run of the pipeline per model, once more where the alarm stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.monitor_function.calls import OTHER, QUALITY, Call, end, result
from tests.unit.monitor_function.monitored_account import ENDPOINT, JOB, WORKLOAD, Account, refusal


def alarm(metric: str = "DriftedShare", endpoint: str = ENDPOINT, state: str = "ALARM") -> dict[str, Any]:
    watched = {"namespace": "Launchpad/Monitoring", "name": metric, "dimensions": {"Endpoint": endpoint}}
    return {
        "alarmName": "an-alarm",
        "configuration": {
            "metrics": [{"id": "m", "metricStat": {"metric": watched, "period": 300, "stat": "Maximum"}}]
        },
        "state": {"value": state, "reason": "Threshold Crossed"},
    }


RETRAIN = "  on_alarm: retrain\n"


def test_an_alarm_starts_the_pipeline_once(function, account):
    call = function(RETRAIN)
    assert call(alarm=alarm(), time="2026-11-29T12:00:00Z")["action"] == "retrained"
    ((name, execution),) = account.executions.items()
    assert name == f"{WORKLOAD}-alarm-20261129-120000"
    assert json.loads(execution["input"]) == {"workload": WORKLOAD, "token": "alarm-20261129-120000"}
    assert "the pipeline of boston-housing was started" in account.messages[0]


def report(account: Account, job: str, moment: str) -> None:
    name = f"dev-boston-housing-monitor-{moment}"
    account.put(f"{WORKLOAD}/monitoring/{name}/result.json", result(training_job=job))


def test_a_model_is_a_reason_for_one_run_only(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    assert call(alarm=alarm(), time="2026-11-29T12:00:00Z")["action"] == "retrained"
    account.start_execution = lambda **_: pytest.fail("a second run")  # type: ignore[method-assign]
    first = dict(account.executions)
    account.executions.clear()  # it has ended, and its model missed the gate
    outcome = call(alarm=alarm(), time="2026-11-30T12:00:00Z")
    assert outcome["action"] == "waited"
    assert f"{WORKLOAD}-alarm-20261129-120000 was to replace the model of {JOB}" in outcome["reason"]
    assert list(first) == [f"{WORKLOAD}-alarm-20261129-120000"]


def test_a_new_model_is_a_reason_for_another_run(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    call(alarm=alarm(), time="2026-11-29T12:00:00Z")
    account.executions.clear()
    report(account, "dev-boston-housing-t2", "20261130-110000")
    assert call(alarm=alarm(), time="2026-11-30T12:00:00Z")["action"] == "retrained"


def ended(call: Call, account: Account, day: int, **values: Any) -> None:
    """A monitoring job of the new model has ended, some days after the alarm."""
    job = f"dev-boston-housing-monitor-202612{day:02}-120000"
    tags = [{"Key": "launchpad:workload", "Value": WORKLOAD}]
    account.jobs[job] = {"ProcessingJobArn": f"arn/{job}", "Tags": tags}
    account.put(f"{WORKLOAD}/records/{job}.json", {"monitoring": {"endpoint": ENDPOINT}})
    end(account, job)
    account.put(f"{WORKLOAD}/monitoring/{job}/result.json", result(**{"training_job": OTHER, **values}))
    assert call(ended=job)["published"]


def test_an_alarm_that_stays_trains_once_more_after_three_reports(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    call(alarm=alarm(), time="2026-11-29T12:00:00Z")
    account.executions.clear()
    ended(call, account, 1)
    assert "the alarm stays: dev-boston-housing-t2 was trained since" in account.messages[-1]
    ended(call, account, 2)
    ended(call, account, 3, status="skipped")  # says nothing, either way
    assert (len(account.messages), account.executions) == (2, {})
    ended(call, account, 4)
    assert len(account.executions) == 1
    assert "the pipeline of boston-housing was started" in account.messages[-1]
    account.executions.clear()
    ended(call, account, 5)
    assert account.executions == {}


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ({"training_job": JOB, "status": "no_drift"}, {}),  # the alarm's own event is the reason
        ({"training_job": JOB}, {"status": "no_drift"}),
        ({"training_job": OTHER, "status": "no_drift"}, {}),
    ],
)
def test_a_report_is_a_reason_only_where_the_alarm_stayed(function, account, before, values):
    call = function(RETRAIN)
    account.put(f"{WORKLOAD}/monitoring/dev-boston-housing-monitor-20261129-110000/result.json", result(**before))
    for day in (1, 2, 3):
        ended(call, account, day, **values)
    assert (account.messages, account.executions) == ([], {})


def test_a_quality_that_stays_poor_is_a_reason_too(function, account):
    call = function(QUALITY + RETRAIN)
    poor = {"status": "no_drift", "quality": {"metric": "rmse", "value": 12.0, "passed": False}}
    name = "dev-boston-housing-monitor-20261129-110000"
    account.put(f"{WORKLOAD}/monitoring/{name}/result.json", result(training_job=JOB, **poor))
    for day in (1, 2, 3):
        ended(call, account, day, **poor)
    assert len(account.executions) == 1


def test_the_retry_of_an_alarm_finds_its_own_run(function, account):
    call = function(RETRAIN)
    report(account, JOB, "20261129-110000")
    start = account.start_execution
    account.start_execution = lambda **_: (_ for _ in ()).throw(refusal("ThrottlingException", "Rate exceeded"))  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Rate exceeded"):
        call(alarm=alarm(), time="2026-11-29T12:00:00Z")
    account.start_execution = start  # type: ignore[method-assign]
    assert call(alarm=alarm(), time="2026-11-29T12:00:00Z")["action"] == "retrained"


def test_an_alarm_during_a_run_starts_no_other(function, account):
    call = function(RETRAIN)
    account.start_execution(name="run", input=json.dumps({"workload": WORKLOAD}))
    assert call(alarm=alarm("Quality"), time="2026-11-29T12:00:00Z")["action"] == "waited"
    assert list(account.executions) == ["run"]
    assert "going on" in account.messages[0]


@pytest.mark.parametrize(
    ("more", "change", "action"),
    [
        ("", {}, "notified"),
        (RETRAIN, {"metric": "HoursSinceReport"}, "ignored"),
        (RETRAIN, {"state": "OK"}, "ignored"),
        (RETRAIN, {"endpoint": "dev-other"}, "ignored"),
    ],
)
def test_other_alarms_start_nothing(function, account, more, change, action):
    call = function(more)
    assert call(alarm=alarm(**change), time="2026-11-29T12:00:00Z")["action"] == action
    assert (account.executions, account.messages) == ({}, [])
