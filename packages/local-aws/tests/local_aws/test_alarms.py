"""CloudWatch's alarms, on a fast clock: dimensions, percentiles, missing data, and expressions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plain_async import until
from tests.local_aws.plain_endpoints import PlainEndpoints
from tests.local_aws.scaled_endpoints import alarms, put_alarm, put_value


@pytest.fixture(scope="module")
def fast(updates: PlainEndpoints) -> PlainEndpoints:
    return updates


def test_an_alarm_sees_only_its_dimensions_and_their_percentile(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    put_alarm(cloudwatch, "p50", "slow", ExtendedStatistic="p50")
    put_alarm(cloudwatch, "p99", "slow", ExtendedStatistic="p99")
    put_value(cloudwatch, "slow", *[0.5] * 9, 8.0)
    put_value(cloudwatch, "other", *[9.0] * 50)
    until(lambda: alarms(fast.aws, "p99")[0]["StateValue"] == "ALARM")
    median, _ = alarms(fast.aws, "p50", "p99")
    assert median["StateValue"] == "OK"
    assert median["StateReason"].startswith("Threshold Crossed: 1 datapoint [0.5 (")


def test_a_query_without_dimensions_is_of_another_metric(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    put_value(cloudwatch, "queried", 1.0, metric="Queried")
    now = datetime.now(UTC)
    period = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5), "Period": 600}
    query = {"Namespace": "Own", "MetricName": "Queried", "Statistics": ["Sum"], **period}
    assert not cloudwatch.get_metric_statistics(**query)["Datapoints"]
    assert cloudwatch.get_metric_statistics(**query, Dimensions=[{"Name": "Of", "Value": "queried"}])["Datapoints"]


def test_an_alarm_changes_when_data_stops(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    put_alarm(cloudwatch, "silent", "never", TreatMissingData="breaching")
    put_alarm(cloudwatch, "brief", "brief")
    put_value(cloudwatch, "brief", 2.0)
    until(lambda: alarms(fast.aws, "brief")[0]["StateValue"] == "ALARM")
    until(lambda: alarms(fast.aws, "brief")[0]["StateValue"] == "INSUFFICIENT_DATA")
    (silent,) = alarms(fast.aws, "silent")
    assert silent["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period "
        "and 1 missing datapoint was treated as [Breaching]."
    )


def test_an_alarm_watches_an_expression(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")

    def stat(name: str) -> dict[str, Any]:
        metric = {"Namespace": "Own", "MetricName": name, "Dimensions": [{"Name": "Of", "Value": "math"}]}
        return {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "errors / calls * 100", "ReturnData": True}
    put_alarm(cloudwatch, "rate", "math", Metrics=[stat("Errors"), stat("Calls"), rate])
    put_value(cloudwatch, "math", 1.0, metric="Errors")
    put_value(cloudwatch, "math", 10.0, metric="Calls")
    until(lambda: alarms(fast.aws, "rate")[0]["StateValue"] == "ALARM")
    assert "[10.0 (" in alarms(fast.aws, "rate")[0]["StateReason"]


def test_an_alarm_that_cannot_be_evaluated_is_refused(fast: PlainEndpoints) -> None:
    cloudwatch = fast.aws.client("cloudwatch")
    for members in ({"ExtendedStatistic": "tm90"}, {"Period": 45}):
        with pytest.raises(ClientError):
            put_alarm(cloudwatch, "refused", "math", **members)
    assert not alarms(fast.aws, "refused")
