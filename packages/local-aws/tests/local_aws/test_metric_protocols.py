"""CloudWatch answers in each of its protocols; newer SDKs choose CBOR."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.local_aws.metrics import PROTOCOLS, speaking
from tests.local_aws.signed import signature

PATH = "/service/GraniteServiceVersion20100801/operation/PutMetricData"


@pytest.fixture(params=PROTOCOLS)
def cloudwatch(request, plain_aws, monkeypatch):
    """A client that speaks one protocol."""
    return speaking(plain_aws, request.param, monkeypatch)


def test_every_protocol_of_the_model_is_tried(plain_aws):
    assert set(plain_aws.client("cloudwatch").meta.service_model.protocols) == set(PROTOCOLS)


def test_metrics_are_written_and_read(cloudwatch):
    namespace, now = f"Test/{uuid.uuid4().hex[:8]}", datetime.now(UTC)
    size = [{"Name": "Size", "Value": "small"}]
    datum = {"MetricName": "Count", "Value": 2.5, "Dimensions": size, "Timestamp": now}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum, datum])
    listed = cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
    assert listed == [{"Namespace": namespace, "MetricName": "Count", "Dimensions": size}]
    times = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5)}
    metric = {"Namespace": namespace, "MetricName": "Count", "Dimensions": size}
    points = cloudwatch.get_metric_statistics(**metric, **times, Period=600, Statistics=["Sum"])["Datapoints"]
    assert [point["Sum"] for point in points] == [5.0]
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **times)["MetricDataResults"]
    assert sum(result["Values"]) == 5.0
    assert all(abs(moment.timestamp() - time.time()) < 600 for moment in result["Timestamps"])


@pytest.mark.parametrize("cloudwatch", ["smithy-rpc-v2-cbor", "json"], indirect=True)
def test_alarms_are_made_and_described(cloudwatch):
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    request = {"MetricName": "Count", "Namespace": "Test", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    cloudwatch.put_metric_alarm(
        AlarmName=name, **request, Threshold=1.5, ComparisonOperator="GreaterThanThreshold", ActionsEnabled=False
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert {key: alarm[key] for key in request} == request
    assert alarm["AlarmConfigurationUpdatedTimestamp"] <= datetime.now(UTC)
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_what_breaks_the_model_is_refused(cloudwatch):
    with pytest.raises(ClientError) as refusal:
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "", "Value": 1.0}])
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValue"
    words = "The value  for parameter MetricData.member.1.MetricName is invalid."
    assert refusal.value.response["Error"]["Message"] == words


@pytest.mark.parametrize("body", [b"\xff", b"\x01", b"{}"])
def test_cbor_that_can_not_be_read_is_refused(plain_aws, body):
    headers = signature(plain_aws, "monitoring", body, {}, path=PATH, method="POST")
    headers |= {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}
    response = urllib3.request("POST", f"{plain_aws.url}{PATH}", headers=headers, body=body)
    assert (response.status, b"SerializationException" in response.data) == (400, True)
