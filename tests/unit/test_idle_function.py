"""The idle function: what it reports, removes, brings back and writes into an endpoint's history."""

# ruff: noqa: ARG002, N803 -- the arguments are named as in boto3

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.functions import CONTEXT, imported

SERVED = datetime(2026, 11, 27, 12, tzinfo=UTC)
ENDPOINT, RECORD = "dev-demo", "20261127T120000000000Z-c.json"
OFFICE = {"open": "08:00", "close": "20:00", "days": "MON-FRI", "timezone": "Europe/Berlin"}


def at(hours: float) -> str:
    """A moment so many hours after the endpoint was served."""
    return (SERVED + timedelta(hours=hours)).isoformat()


def record(**serving: Any) -> dict[str, Any]:
    own = {"endpoint": ENDPOINT, "endpoint_config": "c", "job": "dev-demo-1", "outcome": "asked", "by": "serve"}
    empty = {"model": "m", "model_data": "s3://b/m", "metrics": {}, "run": "r", "origin": {"by": "ada"}, "restores": ""}
    return {**own, **empty, "time": at(0), "before": None, "serving": {"instance": {}, **serving}}


class Account:
    """An account with one endpoint, as far as the function's clients see it."""

    def __init__(self) -> None:
        self.objects = {f"demo/history/{RECORD}": record()}
        self.tags = {"launchpad:environment": "dev", "launchpad:workload": "demo"}
        variant = {"VariantName": "AllTraffic", "CurrentInstanceCount": 1}
        self.endpoint: dict[str, Any] | None = {
            "EndpointName": ENDPOINT,
            "EndpointArn": "arn",
            "EndpointConfigName": "c",
            "EndpointStatus": "InService",
            "CreationTime": SERVED,
            "ProductionVariants": [variant],
        }
        self.invoked: list[datetime] = []
        self.messages: list[str] = []
        self.deploys: list[dict[str, Any]] = []
        self.alarms = {f"launchpad-dev-endpoint-{name}-AllTraffic-Latency" for name in (ENDPOINT, f"{ENDPOINT}-two")}
        self.targets = {("endpoint/dev-demo/variant/AllTraffic", "sagemaker:variant:DesiredInstanceCount")}
        self.refusal = ""
        missing = type("ObjectNotFoundException", (Exception,), {})
        self.exceptions = SimpleNamespace(ClientError=ClientError, ObjectNotFoundException=missing)

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        if self.endpoint is None:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find endpoint"}}, "x")
        return self.endpoint

    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> None:
        self.tags |= {tag["Key"]: tag["Value"] for tag in Tags}

    def delete_endpoint(self, **_: Any) -> None:
        if self.refusal:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": self.refusal}}, "DeleteEndpoint")
        self.endpoint = None

    def deregister_scalable_target(self, **request: str) -> None:
        try:
            self.targets.remove((request["ResourceId"], request["ScalableDimension"]))
        except KeyError:
            raise self.exceptions.ObjectNotFoundException from None

    def delete_alarms(self, *, AlarmNames: list[str]) -> None:
        self.alarms -= set(AlarmNames)

    def publish(self, **request: str) -> None:
        self.messages.append(request["Message"])

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.deploys.append(json.loads(request["Payload"]))
        return {}

    def put_object(self, *, Key: str, Body: bytes, **_: Any) -> None:
        self.objects[Key] = json.loads(Body)

    def get_object(self, *, Key: str, **_: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps(self.objects[Key]).encode())}

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _list_objects_v2(self, *, Prefix: str = "", **_: Any) -> list[dict[str, Any]]:
        folders = sorted({f"{key.partition('/')[0]}/" for key in self.objects})
        return [
            {
                "Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)],
                "CommonPrefixes": [{"Prefix": folder} for folder in folders],
            }
        ]

    def _list_tags(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}]

    def _get_metric_data(self, *, MetricDataQueries: Any, StartTime: Any, EndTime: Any, **_: Any) -> Any:
        moments = [moment for moment in self.invoked if StartTime <= moment < EndTime]
        return [
            {
                "MetricDataResults": [
                    {"Id": query["Id"], "StatusCode": "Complete", "Timestamps": moments, "Values": [1.0] * len(moments)}
                    for query in MetricDataQueries
                ]
            }
        ]

    @property
    def newest(self) -> dict[str, Any]:
        return self.objects[max(self.objects)]


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def run(account, tmp_path, monkeypatch):
    """Call the function at a number of hours after the endpoint was served."""
    for name, value in {"IDLE_ENDPOINT_HOURS": "8", "DEPLOY_FUNCTION": "deploy", "ALERT_TOPIC": "topic"}.items():
        monkeypatch.setenv(name, value)
    with imported(tmp_path, monkeypatch, "idle", {}) as module:
        for name in ("endpoint_history", "platform_access", "served_endpoints"):
            monkeypatch.setattr(sys.modules[name], "s3", lambda: account)
        for name in ("idle", "endpoint_removal"):
            monkeypatch.setattr(sys.modules[name], "sagemaker", account)
        monkeypatch.setattr(sys.modules["metric_values"], "cloudwatch", account)
        monkeypatch.setattr("boto3.client", lambda *_, **__: account)
        yield lambda hours, **event: module.handler({"now": at(hours), **event}, CONTEXT)["endpoints"]


def test_an_idle_endpoint_is_reported_once_then_removed(run, account):
    for hours in (1, 7, 7.4):
        run(hours)
    assert account.endpoint
    (message,) = account.messages
    assert "dev-demo has had no invocation since 2026-11-27 12:00 UTC" in message
    assert "removed after 2026-11-27 20:00 UTC" in message
    assert "`launchpad serve demo --env dev` brings back" in message
    run(8)
    assert account.endpoint is None
    assert len(account.messages) == 1


def test_what_was_removed_leaves_no_scalable_target_and_no_alarm(run, account):
    run(7)
    run(8)
    assert account.targets == set()
    assert account.alarms == {"launchpad-dev-endpoint-dev-demo-two-AllTraffic-Latency"}


def test_a_removal_is_in_the_history_with_what_was_served(run, account):
    run(7)
    run(8)
    newest = account.newest
    assert (newest["event"], newest["why"], newest["by"], newest["outcome"]) == ("removed", "idle", "idle", "asked")
    assert newest["before"] == {"endpoint_config": "c", "status": "InService", "reason": ""}
    assert {key: newest[key] for key in ("job", "model", "serving")} == {
        key: record()[key] for key in ("job", "model", "serving")
    }
    assert (newest["run"], newest["origin"]) == ("", {})


def test_a_removal_that_sagemaker_refuses_is_recorded_and_raised(run, account):
    run(7)
    account.refusal = "Cannot update in-progress endpoint"
    with pytest.raises(Exception, match=r"dev-demo: .*Cannot update in-progress"):
        run(8)
    assert account.newest["outcome"] == "refused"
    assert len(account.objects) == 2
    account.refusal = ""
    run(9)
    assert account.endpoint is None


def test_an_invocation_after_the_report_keeps_the_endpoint(run, account):
    run(7)
    account.invoked = [SERVED + timedelta(hours=7.5)]
    assert run(8)[0]["action"] == "keep"
    run(15)
    assert len(account.messages) == 2


def test_a_dry_run_changes_nothing(run, account):
    account.tags["launchpad:idle-reported"] = at(7)
    (row,) = run(8, dry_run=True)
    assert (row["action"], row["idle_since"], row["reason"]) == ("remove", at(0), "no invocation for 8.0 h of 8 h")
    assert account.endpoint
    assert len(account.objects) == 1


@pytest.mark.parametrize(
    ("hours", "action"),
    [(0, "keep"), (24, "keep"), (4, "remove"), (None, "remove")],
)
def test_the_records_idle_hours_come_before_the_environments(run, account, hours, action):
    account.objects[f"demo/history/{RECORD}"] = record(idle_hours=hours)
    account.tags["launchpad:idle-reported"] = at(7)
    (row,) = run(10, dry_run=True)
    assert row["action"] == action


def exempt(account: Account, **change: Any) -> None:
    for key, value in change.items():
        if key == "tags":
            account.tags |= value
        else:
            assert account.endpoint
            account.endpoint["ProductionVariants"] = [{"VariantName": "AllTraffic", **value}]


@pytest.mark.parametrize(
    ("change", "action", "reason"),
    [
        ({"variant": {"CurrentServerlessConfig": {"MaxConcurrency": 1}}}, "keep", "serverless: it costs nothing"),
        ({"variant": {"CurrentServerlessConfig": {"ProvisionedConcurrency": 1}}}, "remove", "no invocation"),
        ({"variant": {"CurrentInstanceCount": 0}}, "keep", "scaled to zero: it costs nothing"),
        ({"tags": {"aws:cloudformation:stack-name": "s"}}, "keep", "it belongs to stack s"),
        ({"tags": {"launchpad:environment": "qa"}}, "keep", "it has no tag launchpad:environment=dev"),
    ],
)
def test_what_costs_nothing_or_is_not_ours_is_kept(run, account, change, action, reason):
    account.tags["launchpad:idle-reported"] = at(7)
    exempt(account, **change)
    (row,) = run(10, dry_run=True)
    assert row["action"] == action
    assert row["reason"].startswith(reason)


def test_a_closed_endpoint_is_brought_back_from_its_record_at_opening(run, account):
    account.objects[f"demo/history/{RECORD}"] = record(hours=OFFICE)
    (row,) = run(8)  # 21 o'clock in Berlin
    assert row["action"] == "remove"
    assert account.newest["why"] == "hours"
    removal = max(account.objects).rpartition("/")[2]
    assert run(30)[0]["next"] == "restored"
    assert account.deploys == []
    run(67)
    assert account.deploys == [{"workload": "demo", "record": removal, "by": "idle"}]


def test_an_endpoint_that_a_person_removed_is_left_alone(run, account):
    account.objects[f"demo/history/{RECORD}"] = record(hours=OFFICE) | {"event": "removed", "why": "stop"}
    account.endpoint = None
    assert run(67) == []
    assert account.deploys == []


def test_workloads_that_share_an_endpoint_keep_it_for_each_other(run, account):
    account.objects[f"other/history/{RECORD}"] = record(idle_hours=24)
    account.tags["launchpad:idle-reported"] = at(7)
    (row,) = run(10)
    assert (row["workloads"], row["action"]) == (["demo", "other"], "keep")
    account.tags["launchpad:idle-reported"] = at(23)
    run(24)
    assert sorted(key.partition("/")[0] for key, item in account.objects.items() if "event" in item) == [
        "demo",
        "other",
    ]


def test_one_endpoint_that_cannot_be_judged_does_not_keep_others(run, account):
    broken = record(hours={**OFFICE, "timezone": "Nowhere"}) | {"endpoint": "dev-broken"}
    account.objects[f"broken/history/{RECORD}"] = broken
    account.tags["launchpad:idle-reported"] = at(7)
    with pytest.raises(Exception, match=r"dev-broken: .*Nowhere"):
        run(8)
    assert account.endpoint is None


def test_an_unknown_key_of_the_event_is_refused(run):
    with pytest.raises(Exception, match="unknown keys in the event: endpoint"):
        run(1, endpoint="dev-demo")
