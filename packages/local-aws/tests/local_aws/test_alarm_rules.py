"""CloudWatch's rules for alarms: AWS's tables for missing data, the words of its reasons, metric math."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.cloudwatch.alarm_events import configuration
from local_aws.cloudwatch.evaluation import Datapoint, Outcome, enough_samples, evaluate
from local_aws.cloudwatch.metric_math import Expression, MathError, check
from local_aws.cloudwatch.reasons import reason, reason_data

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
NEWEST = 1774518120.0
"""26/03/26 09:42:00 UTC, a minute's start."""


def alarm(needed: int | None = None, periods: int = 3, **members: Any) -> dict[str, Any]:
    comparison = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0}
    of_periods = {} if needed is None else {"DatapointsToAlarm": needed}
    return {"EvaluationPeriods": periods, "Period": 60, "Statistic": "Sum", **comparison, **of_periods, **members}


def series(text: str) -> list[Datapoint | None]:
    """AWS's notation, the oldest first: 0 within the threshold, X beyond, - missing."""
    values = {"0": 0.0, "X": 2.0}
    symbols = reversed(text.split())
    return [Datapoint(NEWEST - 60 * age, values[it]) if it in values else None for age, it in enumerate(symbols)]


@pytest.mark.parametrize(
    ("needed", "points", "states"),
    [
        (3, "0 - X - X", "OK OK OK OK"),
        (3, "0 - - - -", "OK OK OK OK"),
        (3, "- - - - -", "INSUFFICIENT_DATA kept ALARM OK"),
        (3, "0 X X - X", "ALARM ALARM ALARM ALARM"),
        (3, "- - - - X", "INSUFFICIENT_DATA kept ALARM OK"),
        (3, "X - - - -", "ALARM kept ALARM OK"),
        (2, "0 - X - X", "ALARM ALARM ALARM ALARM"),
        (2, "0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
        (2, "0 - X - -", "OK OK ALARM OK"),
        (2, "- - - - 0", "OK OK ALARM OK"),
        (2, "- - - - X", "INSUFFICIENT_DATA kept ALARM OK"),
    ],
)
def test_missing_data_is_treated_as_in_awss_tables(needed: int, points: str, states: str) -> None:
    outcomes = [evaluate(alarm(needed, TreatMissingData=it), series(points), "kept").state for it in TREATMENTS]
    assert outcomes == states.split()


def outcome_reason(definition: dict[str, Any], points: str, before: str = "OK") -> str:
    return reason(definition, evaluate(definition, series(points), before), before)


@pytest.mark.parametrize(
    ("definition", "points", "words"),
    [
        (
            alarm(periods=1),
            "- - X",
            "Threshold Crossed: 1 datapoint [2.0 (26/03/26 09:42:00)] was greater than the threshold (1.0).",
        ),
        (
            alarm(1, TreatMissingData="notBreaching"),
            "- - - - X",
            (
                "Threshold Crossed: 1 out of the last 3 datapoints [2.0 (26/03/26 09:42:00)] was greater than the "
                "threshold (1.0) and 2 missing datapoints were treated as [NonBreaching] "
                "(minimum 1 datapoint for OK -> ALARM transition)."
            ),
        ),
        (
            alarm(periods=2, TreatMissingData="breaching"),
            "- - - -",
            (
                "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
                "[Breaching]."
            ),
        ),
        (alarm(), "- - - - -", "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_reasons_have_cloudwatchs_words(definition: dict[str, Any], points: str, words: str) -> None:
    assert outcome_reason(definition, points) == words


def test_a_recovered_alarm_names_what_is_within_the_threshold() -> None:
    assert outcome_reason(alarm(periods=1), "X X 0", "ALARM") == (
        "Threshold Crossed: 1 datapoint [0.0 (26/03/26 09:42:00)] was not greater than the threshold (1.0)."
    )


def test_more_than_five_datapoints_are_shortened() -> None:
    words = outcome_reason(alarm(periods=6), "X X X X X X X X")
    assert words.startswith(
        "Threshold Crossed: 6 datapoints were greater than the threshold (1.0). The most recent datapoints which "
        "crossed the threshold: [2.0 (26/03/26 09:42:00), "
    )
    assert words.count("2.0 (") == 5


def test_reason_data_lists_the_datapoints_oldest_first() -> None:
    points = (Datapoint(NEWEST, 5.0), Datapoint(NEWEST - 60, 4.0))
    data = json.loads(reason_data(alarm(periods=2), Outcome("ALARM", points, 0), NEWEST + 61))
    assert data["recentDatapoints"] == [4.0, 5.0]
    assert data["startDate"] == "2026-03-26T09:41:00.000+0000"


def test_a_percentile_waits_for_enough_samples_if_asked() -> None:
    definition = alarm(ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore")
    assert not enough_samples(definition, 999)
    assert enough_samples(definition, 1000)
    assert enough_samples(alarm(ExtendedStatistic="p99"), 1)


MINUTES = [0.0, 60.0, 120.0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("errors / calls * 100", {0.0: 50.0}),
        ("FILL(errors, 0) + calls", {0.0: 3.0, 60.0: 4.0}),
        ("IF(calls > 3, calls, 0)", {0.0: 0.0, 60.0: 4.0}),
        ("SUM([errors, calls])", {0.0: 3.0, 60.0: 4.0}),
        ("calls / PERIOD(calls)", {0.0: 2 / 60, 60.0: 4 / 60}),
        ("-calls ^ 2", {0.0: -4.0, 60.0: -16.0}),
        ("calls > 3 && errors < 1", {0.0: 0.0}),
    ],
)
def test_metric_math_combines_series_by_time(text: str, value: dict[float, float]) -> None:
    series_by_name: dict[str, Any] = {"errors": {0.0: 1.0}, "calls": {0.0: 2.0, 60.0: 4.0}}
    assert Expression(text).evaluate(series_by_name, MINUTES, 60) == value


def test_a_repeated_fill_carries_the_last_value_on() -> None:
    filled = Expression("FILL(errors, REPEAT)").evaluate({"errors": {0.0: 1.0}}, MINUTES, 60)
    assert filled == {0.0: 1.0, 60.0: 1.0, 120.0: 1.0}


@pytest.mark.parametrize("text", ["errors +", "ANOMALY_DETECTION_BAND(errors)", "__import__('os')", "errors.real"])
def test_metric_math_that_is_not_evaluated_is_refused(text: str) -> None:
    with pytest.raises(MathError):
        check([{"Id": "errors"}, {"Id": "e", "Expression": text}])
        Expression(text).evaluate({"errors": {0.0: 1.0}}, MINUTES, 60)


def test_an_event_says_which_metric_an_alarm_watches() -> None:
    of_cpu = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "AlarmDescription": "Too busy"}
    dimensions = [{"Name": "InstanceId", "Value": "i-1"}]
    stated = configuration(alarm(**of_cpu, Dimensions=dimensions, AlarmArn="arn:aws:cloudwatch:::alarm:cpu"))
    metric = {"namespace": "AWS/EC2", "name": "CPUUtilization", "dimensions": {"InstanceId": "i-1"}}
    (item,) = stated["metrics"]
    assert (stated["description"], item["returnData"]) == ("Too busy", True)
    assert item["metricStat"] == {"metric": metric, "period": 60, "stat": "Sum"}


def test_an_event_of_metric_math_has_its_expressions() -> None:
    stat = {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "e", "Expression": "m*2", "Label": "twice"}, {"Id": "m", "MetricStat": stat, "ReturnData": False}]
    first, second = configuration({"Metrics": queries, "AlarmArn": "arn"})["metrics"]
    assert first == {"id": "e", "returnData": True, "label": "twice", "expression": "m*2"}
    assert second["metricStat"]["metric"] == {"namespace": "N", "name": "M", "dimensions": {}}
