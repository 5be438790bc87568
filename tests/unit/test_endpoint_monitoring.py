"""The alarms of monitoring on an endpoint of the deploy function: created when it settles, and deleted again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit import functions
from tests.unit.functions import imported

WORKLOAD, ENDPOINT = "boston-housing", "dev-boston-housing"
MONITORING = """\
monitoring:
  target: medv
  task: regression
"""
QUALITY = "  quality: {metric: rmse, at_most: 9}\n"
DESCRIPTION = {"EndpointName": ENDPOINT, "ProductionVariants": [{"VariantName": "AllTraffic"}, {"VariantName": "new"}]}
PREFIX = f"launchpad-dev-endpoint-{ENDPOINT}-"


@pytest.fixture
def watch(tmp_path, monkeypatch, with_sections):
    """Watches the endpoint of a workload with this YAML in addition; the alarms that were put and deleted."""

    def run(more: str) -> tuple[list[str], list[str]]:
        put: list[dict[str, Any]] = []
        deleted: list[str] = []
        client = SimpleNamespace(
            put_metric_alarm=lambda **request: put.append(request),
            delete_alarms=lambda AlarmNames: deleted.extend(AlarmNames),  # noqa: N803 -- boto3's name
        )
        monkeypatch.setattr(functions, "ENVIRONMENT", {**functions.ENVIRONMENT, "alert_topic_arn": "topic"})
        with imported(tmp_path, monkeypatch, "endpoint_monitoring", {WORKLOAD: with_sections(more)}) as module:
            monkeypatch.setattr("boto3.client", lambda *_: client)
            module.watch_models(WORKLOAD, DESCRIPTION)
        assert all(request["AlarmActions"] == ["topic"] for request in put)
        names = [request["AlarmName"].removeprefix(PREFIX) for request in put]
        return sorted(names), sorted(name.removeprefix(PREFIX) for name in deleted)

    return run


def test_a_monitored_endpoint_has_its_alarms(watch):
    put, deleted = watch(MONITORING + QUALITY)
    assert put == ["AllTraffic-DiskUse", "Drift", "Heartbeat", "Quality", "new-DiskUse"]
    assert deleted == []


def test_an_alarm_goes_with_its_bound(watch):
    put, deleted = watch(MONITORING)
    assert "Quality" not in put
    assert deleted == ["Quality"]


def test_an_endpoint_that_is_no_longer_monitored_has_none(watch):
    put, deleted = watch("")
    assert put == []
    assert deleted == ["AllTraffic-DiskUse", "Drift", "Heartbeat", "Quality", "new-DiskUse"]
