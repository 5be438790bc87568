"""The alarms of monitoring: four to the topic, each with the workload's bound, and none without monitoring."""

from __future__ import annotations

import pytest

from launchpad.requests import monitoring_alarm_requests
from launchpad.requests.monitoring_alarms import report_alarm_requests
from tests.unit.monitoring_requests.monitored import TOPIC
from tests.unit.service_model import violations


def test_a_monitored_endpoint_has_four_alarms_to_the_topic(monitored, environment):
    alarms = monitoring_alarm_requests(monitored, environment, "dev-boston-housing")
    assert sorted(alarms) == ["DiskUse", "Drift", "Heartbeat", "Quality"]
    for alarm in alarms.values():
        assert violations("PutMetricAlarm", alarm, "cloudwatch") == []
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
    assert len({alarm["AlarmName"] for alarm in alarms.values()}) == len(alarms)


@pytest.mark.parametrize(
    ("kind", "metric", "comparison", "threshold", "missing"),
    [
        ("Drift", "DriftedShare", "GreaterThanThreshold", 0.3, "ignore"),
        ("Quality", "Quality", "LessThanThreshold", 0.8, "ignore"),
        ("Heartbeat", "HoursSinceReport", "GreaterThanThreshold", 49, "breaching"),
        ("DiskUse", "DiskUtilization", "GreaterThanThreshold", 75, "notBreaching"),
    ],
)
def test_each_alarm_has_the_bound_of_the_workload(monitored, environment, kind, metric, comparison, threshold, missing):
    alarm = monitoring_alarm_requests(monitored, environment, "dev-boston-housing")[kind]
    actual = [alarm[key] for key in ("MetricName", "ComparisonOperator", "Threshold", "TreatMissingData")]
    assert actual == [metric, comparison, threshold, missing]


def test_an_error_raises_the_alarm_above_its_bound(monitored, environment):
    monitored["monitoring"]["quality"] = {"metric": "rmse", "at_least": None, "at_most": 3.5, "days": 7}
    alarm = monitoring_alarm_requests(monitored, environment, "e")["Quality"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 3.5)
    assert alarm["Statistic"] == "Maximum"


def test_each_variants_disk_is_watched(monitored, environment):
    alarms = monitoring_alarm_requests(monitored, environment, "e", ["primary", "other"])
    disks = {kind: alarm["Dimensions"][1]["Value"] for kind, alarm in alarms.items() if kind.startswith("DiskUse")}
    assert sorted(disks.values()) == ["other", "primary"]


def test_an_endpoint_without_capture_has_no_alarm_on_its_disk(monitored, environment):
    monitored["serving"]["mode"] = "async"
    assert "DiskUse" not in monitoring_alarm_requests(monitored, environment, "e")


@pytest.mark.parametrize("mode", ["realtime", "serverless"])
def test_an_endpoint_that_is_not_monitored_has_no_alarms(definition, monitored, environment, mode):
    workload = definition if mode == "realtime" else monitored
    workload["serving"]["mode"] = mode
    assert monitoring_alarm_requests(workload, environment, "e") == {}


def test_transforms_have_their_alarms_whatever_the_endpoints_mode(monitored, environment):
    monitored["serving"]["mode"] = "serverless"
    alarms = report_alarm_requests(monitored, environment, "dev-boston-housing-transform")
    assert list(alarms) == ["Drift", "Quality"]
    for request in alarms.values():
        assert violations("PutMetricAlarm", request, "cloudwatch") == []


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("rate(1 hour)", 3),
        ("rate(90 minutes)", 4),
        ("rate(7 days)", 337),
        ("cron(0 6 ? * MON-FRI *)", 145),
        ("cron(0 6,18 * * ? *)", 25),
    ],
)
def test_a_report_is_late_after_two_of_the_longest_pauses(monitored, environment, schedule, hours):
    monitored["monitoring"]["schedule"] = schedule
    assert monitoring_alarm_requests(monitored, environment, "e")["Heartbeat"]["Threshold"] == hours
