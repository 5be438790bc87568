"""CloudWatch refuses metrics that its model allows, in AWS's words, and takes all others."""

from __future__ import annotations

import math
import time
import uuid

import pytest

from tests.local_aws.client_errors import refused
from tests.local_aws.metrics import PROTOCOLS, speaking

DAY = 24 * 3600
SUMMARY = {"SampleCount": 2.0, "Sum": 3.0, "Minimum": 1.0, "Maximum": 2.0}


@pytest.fixture(params=PROTOCOLS)
def cloudwatch(request, plain_aws, monkeypatch):
    """A client that speaks one protocol."""
    return speaking(plain_aws, request.param, monkeypatch)


@pytest.fixture
def any_client(plain_aws, monkeypatch):
    """A client that speaks the protocol of current SDKs."""
    return speaking(plain_aws, PROTOCOLS[0], monkeypatch)


FIRST = "MetricData.member.1"
SET = f"{FIRST}.StatisticValues"
EXCLUSIVE = "are mutually exclusive and you have specified both."
WEEKS = "must specify a time within the past two weeks."
REFUSED = {
    "no value": (
        {},
        f"InvalidParameterCombination: At least one of the parameters {FIRST}.Value and {SET} must be specified.",
    ),
    "value and values": (
        {"Value": 1.0, "Values": [1.0]},
        f"InvalidParameterCombination: The parameters {FIRST}.Value and {FIRST}.Values {EXCLUSIVE}",
    ),
    "value and statistics": (
        {"Value": 1.0, "StatisticValues": SUMMARY},
        f"InvalidParameterCombination: The parameters {FIRST}.Value and {SET} {EXCLUSIVE}",
    ),
    "counts": (
        {"Values": [1.0, 2.0], "Counts": [1.0]},
        f"InvalidParameterValue: The parameters {FIRST}.Values and {FIRST}.Counts must be of the same size.",
    ),
    "151 values": (
        {"Values": [float(number) for number in range(151)]},
        f"InvalidParameterValue: The collection {FIRST}.Values must not have a size greater than 150.",
    ),
    "31 dimensions": (
        {"Value": 1.0, "Dimensions": [{"Name": f"d{number}", "Value": "v"} for number in range(31)]},
        f"InvalidParameterValue: The collection {FIRST}.Dimensions must not have a size greater than 30.",
    ),
    "resolution": (
        {"Value": 1.0, "StorageResolution": 30},
        f"InvalidParameterValue: The parameter {FIRST}.StorageResolution must be a value in the set [ 1, 60 ].",
    ),
    "nan": ({"Value": math.nan}, f"InvalidParameterValue: The value NaN for parameter {FIRST}.Value is invalid."),
    "infinity": (
        {"Values": [1.0, -math.inf]},
        f"InvalidParameterValue: The value -Infinity for parameter {FIRST}.Values.member.2 is invalid.",
    ),
    "large": ({"Value": 1e110}, f"InvalidParameterValue: The value 1e+110 for parameter {FIRST}.Value is invalid."),
    "small": (
        {"StatisticValues": {**SUMMARY, "Minimum": 1e-110}},
        f"InvalidParameterValue: The value 1e-110 for parameter {SET}.Minimum is invalid.",
    ),
    "old": ({"Value": 1.0, "Age": 14 * DAY + 60}, f"InvalidParameterValue: The parameter {FIRST}.Timestamp {WEEKS}"),
    "new": ({"Value": 1.0, "Age": -7260}, f"InvalidParameterValue: The parameter {FIRST}.Timestamp {WEEKS}"),
}
"""Cases by name: the members of a datum, with its age in seconds for its time, and the refusal."""
ACCEPTED = {
    "values and statistics": {"Values": [1.0], "StatisticValues": SUMMARY},
    "150 values": {"Values": [float(number) for number in range(150)]},
    "limits": {"Values": [2.0**360, -(2.0**360), 2.0**-360, 0.0, -1.5]},
    "30 dimensions": {"Value": 0.0, "Dimensions": [{"Name": f"d{number}", "Value": "v"} for number in range(30)]},
    "high resolution": {"Value": 1.0, "StorageResolution": 1},
    "two weeks": {"Value": 1.0, "Age": 14 * DAY - 60},
    "two hours": {"Value": 1.0, "Age": -7140},
}


def datum(members):
    age = members.get("Age")
    rest = {name: value for name, value in members.items() if name != "Age"}
    return {"MetricName": "Count", **rest, **({} if age is None else {"Timestamp": time.time() - age})}


@pytest.mark.parametrize("name", REFUSED)
def test_a_metric_is_checked(cloudwatch, name):
    members, words = REFUSED[name]
    assert refused(cloudwatch.put_metric_data, Namespace="Limits", MetricData=[datum(members)]) == words


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_metric_within_its_limits_is_taken(cloudwatch, name):
    namespace = f"Limits/{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum(ACCEPTED[name])])
    assert [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace=namespace)["Metrics"]] == ["Count"]


def test_every_metric_that_is_too_old_is_named(any_client):
    old = datum({"Value": 1.0, "Age": 15 * DAY})
    words = refused(any_client.put_metric_data, Namespace="Limits", MetricData=[old, datum({"Value": 1.0}), old])
    lines = [f"The parameter MetricData.member.{place}.Timestamp {WEEKS}" for place in (1, 3)]
    assert words == "InvalidParameterValue: " + "\n".join(lines)


def test_namespaces_of_services_are_reserved(cloudwatch):
    words = "InvalidParameterValue: The value AWS/ for parameter Namespace is invalid."
    assert refused(cloudwatch.put_metric_data, Namespace="AWS/EC2", MetricData=[datum({"Value": 1.0})]) == words
    for namespace in ("aws/mine", "/aws/mine", "AWSmine"):
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum({"Value": 1.0})])


@pytest.mark.parametrize("padding", [1, 1020], ids=["small", "more than a megabyte"])
def test_a_request_has_a_thousand_metrics(any_client, padding):
    data = [datum({"Value": 1.0, "Dimensions": [{"Name": "d", "Value": "v" * padding}]})] * 1001
    words = "InvalidParameterValue: The collection MetricData must not have a size greater than 1000."
    assert refused(any_client.put_metric_data, Namespace="Limits", MetricData=data) == words
    any_client.put_metric_data(Namespace="Limits", MetricData=data[:1000])


def test_a_value_that_is_not_listed_is_refused_with_the_list(cloudwatch):
    words = refused(cloudwatch.put_metric_data, Namespace="Limits", MetricData=[datum({"Value": 1.0, "Unit": "Miles"})])
    start = f"InvalidParameterValue: The parameter {FIRST}.Unit must be a value in the set [ Seconds, Microseconds, "
    assert words.startswith(start)
    metric = {"Namespace": "Limits", "MetricName": "Count", "Period": 60, "Statistics": ["Sum", "Median"]}
    assert refused(cloudwatch.get_metric_statistics, **metric, StartTime=time.time() - 60, EndTime=time.time()) == (
        "InvalidParameterValue: The parameter Statistics.member.2 must be a value in the set [ SampleCount, Average, "
        "Sum, Minimum, Maximum ]."
    )
