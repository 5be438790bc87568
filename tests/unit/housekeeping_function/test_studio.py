"""Idle applications and spaces of Studio: a health check is no activity, and a space stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.housekeeping_function.account import ARN, NOW, SPACE, Account, ago

APP = {
    "DomainId": "d-1",
    "SpaceName": "lab",
    "AppType": "JupyterLab",
    "AppName": "default",
    "Status": "InService",
    "ResourceSpec": {"InstanceType": "ml.t3.medium"},
}


def app(account: Account, **description: Any) -> None:
    account.responses["ListApps"] = {"Apps": [APP]}
    account.responses["DescribeApp"] = {"AppArn": f"{ARN}:app/d-1/lab/JupyterLab/default", **description}


def test_a_health_check_is_no_activity_of_a_studio_application(run, account):
    app(account, CreationTime=ago(hours=80), LastUserActivityTimestamp=NOW, LastHealthCheckTimestamp=NOW)
    (row,) = run()["rows"]
    assert row["reason"] == "has run for 80 h; AWS doesn't say whether it is used"
    assert row["monthly_usd"] == pytest.approx(730 * 0.06)


def test_activity_before_the_health_check_is_the_users(run, account):
    app(account, CreationTime=ago(days=9), LastUserActivityTimestamp=ago(hours=2), LastHealthCheckTimestamp=NOW)
    assert run()["rows"] == []


def test_an_application_is_deleted_by_its_key_and_its_space_stays(function, account):
    run = function("studio")
    app(account, CreationTime=ago(hours=80))
    assert run()["rows"][0]["done"] == "stopped"
    key = {"DomainId": "d-1", "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
    assert account.called("DeleteApp") == [key]
    assert account.called("DeleteSpace") == []


def test_the_domain_of_another_environment_is_left_alone(run, account):
    account.responses["ListDomains"] = {"Domains": [{"DomainId": "d-1", "DomainName": "launchpad-prod"}]}
    app(account, CreationTime=ago(hours=80))
    assert run()["rows"] == []


def test_a_space_without_an_application_has_an_unknown_price(run, account):
    account.responses["ListSpaces"] = {"Spaces": [{**SPACE, "LastModifiedTime": ago(days=40)}]}
    response = run()
    (row,) = response["rows"]
    assert (row["monthly_usd"], row["price_unknown"]) == (None, "AmazonSageMaker/Studio:VolumeUsage.gp3")
    assert (response["monthly_usd"], response["unknown"]) == (0.0, ["AmazonSageMaker/Studio:VolumeUsage.gp3"])
