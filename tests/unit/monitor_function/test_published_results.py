"""What the monitor function publishes: metrics of an ended job, once, a point in MLflow, and the last report's age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit import functions
from tests.unit.monitor_function.calls import MONITOR_JOB, TRACKING, earlier, end, result, run
from tests.unit.monitor_function.monitored_account import BUCKET, ENDPOINT, JOB, WORKLOAD


def test_a_result_becomes_metrics_once(call, account):
    account.capture("2026/11/29/11")
    run(call)
    quality = {"metric": "rmse", "value": 7.5}
    end(account, quality=quality)
    assert call(ended=MONITOR_JOB) == {"job": MONITOR_JOB, "published": True, "status": "drift"}
    assert {name: value for _, name, value in account.metrics} == {
        "Records": 500,
        "HoursSinceReport": 0,
        "DriftedShare": 0.5,
        "WorstColumn": 2.5,
        "Quality": 7.5,
    }
    assert {endpoint for endpoint, _, _ in account.metrics} == {ENDPOINT}
    call(ended=MONITOR_JOB)
    assert len(account.metrics) == 5


def test_a_skipped_result_says_nothing_about_drift(call, account):
    account.capture("2026/11/29/11")
    run(call)
    end(account, status="Completed", drifted_share=None, worst=None, records=7)
    account.put(
        f"{WORKLOAD}/monitoring/{MONITOR_JOB}/result.json", result(status="skipped", records=7, drifted_share=None)
    )
    call(ended=MONITOR_JOB)
    assert {name for _, name, _ in account.metrics} == {"Records", "HoursSinceReport"}


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_that_did_not_complete_publishes_nothing(call, account, status):
    account.capture("2026/11/29/11")
    run(call)
    end(account, status=status)
    assert call(ended=MONITOR_JOB)["published"] is False
    assert account.metrics == []


def test_a_report_is_a_point_in_the_run_below_the_models(function, account, mlflow, monkeypatch):
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", TRACKING)
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", mlflow.address)
    call = function()
    account.capture("2026/11/29/11")
    run(call)
    columns = [{"name": "rm", "drifted": True}, {"name": "age", "drifted": False}]
    end(account, columns=columns, quality={"metric": "rmse", "value": 7.5})
    call(ended=MONITOR_JOB)
    report = mlflow.run_named(f"{JOB}-monitoring")
    assert report["tags"]["mlflow.parentRunId"] == mlflow.run_named(JOB)["id"]
    assert report["tags"]["launchpad.report"] == f"s3://{BUCKET}/{WORKLOAD}/monitoring/{MONITOR_JOB}/report.html"
    assert (report["tags"]["launchpad.drifted_columns"], report["tags"]["launchpad.report_status"]) == ("rm", "drift")
    assert report["metrics"] == {
        "records": [(0, 500.0)],
        "drifted_share": [(0, 0.5)],
        "worst_column": [(0, 2.5)],
        "live_rmse": [(0, 7.5)],
    }


def test_metrics_are_published_while_mlflow_does_not_answer(function, account, monkeypatch):
    monkeypatch.setitem(functions.ENVIRONMENT, "tracking_uri", TRACKING)
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", "http://127.0.0.1:9")
    call = function()
    account.capture("2026/11/29/11")
    run(call)
    end(account)
    assert call(ended=MONITOR_JOB)["published"] is True
    assert len(account.metrics) == 4


def test_other_processing_jobs_publish_nothing(call, account):
    tags = [{"Key": "launchpad:workload", "Value": WORKLOAD}]
    other = {"ProcessingJobStatus": "Completed", "ProcessingJobArn": "arn/other", "Tags": tags}
    account.jobs["other"] = other
    assert call(ended="other") == {"job": "other", "published": False}


def test_the_heartbeat_says_how_old_the_last_report_is(call, account, monkeypatch):
    account.endpoint["CreationTime"] = datetime.now(UTC) - timedelta(days=30)
    account.config["CreationTime"] = datetime.now(UTC) - timedelta(days=2)  # since then it captures requests
    assert round(call(heartbeat=True)["endpoints"][ENDPOINT]) == 24 * 2
    earlier(account, 5)
    assert call(heartbeat=True)["endpoints"][ENDPOINT] < account.published("HoursSinceReport")[0]


def test_the_heartbeat_names_a_closed_endpoint_and_has_no_age_of_it(call, account):
    account.endpoint = None
    assert call(heartbeat=True) == {"endpoints": {}, "closed": [ENDPOINT]}
    assert account.metrics == []
