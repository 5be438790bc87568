"""Idle notebook instances: what is reported with its cost, what is left alone, and what is stopped."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.unit.housekeeping_function.account import ago, notebook


def test_a_notebook_that_runs_for_days_is_reported_with_its_cost(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    (row,) = run()["rows"]
    assert (row["kind"], row["name"], row["action"]) == ("notebook instance", "dev-team", "report")
    assert row["monthly_usd"] == pytest.approx(730 * 0.05 + 200 * 0.1)
    assert row["reason"] == "runs for 100 h: its idle stop is off, or it is in use"


@pytest.mark.parametrize(
    "members",
    [
        {"LastModifiedTime": ago(hours=71)},
        {"LastModifiedTime": ago(days=9), "NotebookInstanceName": "prod-dev-team"},
        {"LastModifiedTime": ago(days=9), "NotebookInstanceStatus": "Stopped"},
    ],
    ids=["not long", "another name", "not stopped for long"],
)
def test_other_notebooks_are_left_alone(run, account, members):
    notebook(account, **members)
    assert run()["rows"] == []


def test_what_another_environment_is_tagged_with_is_left_alone(run, account):
    notebook(account, LastModifiedTime=ago(hours=100))
    account.tags = {"launchpad:environment": "prod"}
    assert run()["rows"] == []


def test_the_volume_of_a_stopped_notebook_is_reported_alone(run, account):
    notebook(account, LastModifiedTime=ago(days=31), NotebookInstanceStatus="Stopped")
    (row,) = run()["rows"]
    assert (row["monthly_usd"], row["action"]) == (20.0, "report")
    assert "its volume of 200 GB is kept" in row["reason"]


def test_only_what_the_config_names_is_stopped(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    (row,) = run()["rows"]
    assert (row["action"], row["done"]) == ("stop", "stopped")
    assert account.called("StopNotebookInstance") == [{"NotebookInstanceName": "dev-team"}]


@pytest.mark.parametrize(("stop", "event"), [((), {}), (("notebooks",), {"dry_run": True})])
def test_nothing_is_stopped_otherwise(function, account, stop, event):
    run = function(*stop)
    notebook(account, LastModifiedTime=ago(hours=100))
    (row,) = run(**event)["rows"]
    assert row["done"] == ""
    assert account.called("StopNotebookInstance") == []


def test_what_can_not_be_stopped_is_a_failure_and_not_done(function, account):
    run = function("notebooks")
    notebook(account, LastModifiedTime=ago(hours=100))
    refusal = {"Error": {"Code": "ValidationException", "Message": "Status (Updating) not in ([InService])"}}
    account.responses["StopNotebookInstance"] = ClientError(refusal, "StopNotebookInstance")
    response = run()
    assert response["rows"][0]["done"] == ""
    assert "Status (Updating)" in response["failures"][0]
