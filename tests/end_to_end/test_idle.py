"""An endpoint that is not used is reported, removed with what belongs to it, and brought back by one command."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.conftest import WORKLOAD, Platform, until

ENDPOINT = f"local-{WORKLOAD}"


def at(platform: Platform, hours: float) -> list[dict[str, Any]]:
    """Call the idle function as at so many hours from now; its rows."""
    name = platform.output("observability", "IdleFunctionName")
    now = datetime.now(UTC) + timedelta(hours=hours)
    response = platform.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps({"now": now.isoformat()}).encode()
    )
    answer = json.loads(response["Payload"].read())
    assert "errorMessage" not in answer, answer
    return [row for row in answer["endpoints"] if row["endpoint"] == ENDPOINT]


def names(platform: Platform) -> list[str]:
    listed = platform.client("sagemaker").list_endpoints()["Endpoints"]
    return [endpoint["EndpointName"] for endpoint in listed]


@pytest.fixture(scope="module")
def removed(platform: Platform, endpoint: str) -> list[dict[str, Any]]:
    """The rows of a report, and of the removal an hour later."""
    platform.succeeds("predict", WORKLOAD)
    return [*at(platform, 11.3), *at(platform, 12.4)]


def test_what_is_idle_is_shown_with_the_reason(platform, endpoint):
    document = json.loads(platform.succeeds("idle", "--json"))
    (row,) = (row for row in document["endpoints"] if row["endpoint"] == ENDPOINT)
    assert document["failures"] == []
    assert (row["action"], row["next"]) == ("keep", "removed")
    assert row["reason"].endswith("of 12 h")


def test_what_runs_has_its_price_by_the_hour(platform, endpoint):
    document = json.loads(platform.succeeds("cost", "--running", "--json"))
    (row,) = (row for row in document["running"] if row["name"] == ENDPOINT)
    assert (row["kind"], row["how"], row["status"]) == ("endpoint", "1 x ml.m5.large", "InService")
    assert row["hourly"]["usd"] > 0 or row["hourly"]["unknown"]


def test_an_idle_endpoint_is_reported_then_removed(platform, removed):
    assert [row["action"] for row in removed] == ["report", "remove"]
    until(lambda: ENDPOINT not in names(platform))


def test_serve_brings_back_what_was_served(platform, job, removed):
    assert f"`launchpad serve {WORKLOAD}` brings back" in platform("idle").stderr
    assert job in platform.succeeds("serve", WORKLOAD)
    assert platform.succeeds("predict", WORKLOAD)
