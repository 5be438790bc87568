"""CloudWatch refuses queries for metrics that its model allows, in AWS's words, and answers all others."""

from __future__ import annotations

import time

import pytest

from tests.local_aws.client_errors import refused
from tests.local_aws.metrics import PROTOCOLS, speaking

HOUR, DAY = 3600, 24 * 3600
FIRST = "MetricDataQueries.member.1"
STAT = {"Metric": {"Namespace": "Queries", "MetricName": "Count"}, "Period": 60, "Stat": "Sum"}
EXCLUSIVE = "are mutually exclusive and you have specified both."
PATTERN = "is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
MANY = (
    "You have requested up to 2880 datapoints, which exceeds the limit of 1440. You may reduce the datapoints "
    "requested by increasing Period, or decreasing the time range."
)
SET = "must be a value in the set [ 1, 5, 10, 20, 30 ] or a multiple of 60."


@pytest.fixture(params=PROTOCOLS)
def cloudwatch(request, plain_aws, monkeypatch):
    """A client that speaks one protocol."""
    return speaking(plain_aws, request.param, monkeypatch)


def statistics(members):
    """A query for an hour, a minute each, with other members."""
    end = time.time() + members.get("From", 0)
    usual = {"Namespace": "Queries", "MetricName": "Count", "StartTime": end - members.get("Seconds", HOUR)}
    usual |= {"EndTime": end, "Period": 60, "Statistics": ["Sum"], **members}
    return {name: value for name, value in usual.items() if value is not None and name not in ("From", "Seconds")}


STATISTICS = {
    "no statistics": (
        {"Statistics": None},
        "InvalidParameterCombination: Must specify either Statistics or ExtendedStatistics",
    ),
    "unknown": (
        {"Statistics": None, "ExtendedStatistics": ["p99", "q99"]},
        "InvalidParameterValue: The value q99 for parameter ExtendedStatistics.member.2 is invalid.",
    ),
    "no time": (
        {"Seconds": 0},
        "InvalidParameterValue: The parameter StartTime must be less than the parameter EndTime.",
    ),
    "backwards": (
        {"Seconds": -HOUR},
        "InvalidParameterValue: The parameter StartTime must be less than the parameter EndTime.",
    ),
    "period": ({"Period": 90}, f"InvalidParameterValue: The parameter Period {SET}"),
    "short period": ({"Period": 2}, f"InvalidParameterValue: The parameter Period {SET}"),
    "points": (
        {"Seconds": 2 * DAY},
        f"InvalidParameterCombination: {MANY}",
    ),
}
"""Cases by name: the members of GetMetricStatistics, with the seconds before its end, and the refusal."""


@pytest.mark.parametrize("name", STATISTICS)
def test_a_query_for_statistics_is_checked(cloudwatch, name):
    members, words = STATISTICS[name]
    assert refused(cloudwatch.get_metric_statistics, **statistics(members)) == words


@pytest.mark.parametrize(
    "members",
    [
        {"Seconds": DAY},
        {"Seconds": 60 * DAY, "Period": HOUR},
        {"Period": 20},
        {"Seconds": 600, "Period": 1},
        {"From": DAY},
        {"ExtendedStatistics": ["p100", "p99.9"]},
    ],
)
def test_a_query_for_statistics_is_answered(cloudwatch, members):
    assert cloudwatch.get_metric_statistics(**statistics(members))["Datapoints"] == []


QUERIES = {
    "identifier": (
        [{"Id": "5xx", "MetricStat": STAT}, {"Id": "A", "MetricStat": STAT}],
        [
            f"The value 5xx for parameter MetricDataQueries.member.1.Id {PATTERN}",
            f"The value A for parameter MetricDataQueries.member.2.Id {PATTERN}",
        ],
    ),
    "same identifier": (
        [{"Id": "a", "MetricStat": STAT}] * 2,
        ["The values for parameter id in MetricDataQueries are not unique."],
    ),
    "statistic": (
        [{"Id": "a", "MetricStat": {**STAT, "Stat": "None"}}],
        [f"The value None for parameter {FIRST}.MetricStat.Stat is not a valid statistic."],
    ),
    "period": (
        [{"Id": "a", "MetricStat": {**STAT, "Period": 45}}],
        [f"The parameter {FIRST}.MetricStat.Period {SET}"],
    ),
    "two periods": (
        [{"Id": "a", "MetricStat": STAT, "Period": 60}],
        [f"The parameters {FIRST}.Period and {FIRST}.MetricStat {EXCLUSIVE}"],
    ),
    "expression of a metric": (
        [{"Id": "a", "MetricStat": STAT, "Expression": "b"}],
        [f"The parameters {FIRST}.Expression and {FIRST}.MetricStat {EXCLUSIVE}"],
    ),
    "nothing": ([{"Id": "a"}], [f"The parameter {FIRST}.MetricStat is required."]),
    "many": (
        [{"Id": f"a{number}", "MetricStat": STAT} for number in range(501)],
        ["The collection MetricDataQueries must not have a size greater than 500."],
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_queries_are_checked(cloudwatch, name):
    queries, lines = QUERIES[name]
    now = time.time()
    words = refused(cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=now - HOUR, EndTime=now)
    assert words == "ValidationError: " + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "The parameter StartTime must not equal parameter EndTime.\n"),
        (-HOUR, "The parameter EndTime must be greater than StartTime.\n"),
    ],
)
def test_queries_are_for_a_time(cloudwatch, seconds, words):
    queries, now = [{"Id": "a", "MetricStat": STAT}], time.time()
    refusal = refused(cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=now - seconds, EndTime=now)
    assert refusal == f"ValidationError: {words}"


def test_queries_within_their_limits_are_answered(cloudwatch):
    stats = ("Sum", "SampleCount", "p99", "p0.5", "p100", *["Average"] * 495)
    queries = [{"Id": f"a{index}_B", "MetricStat": {**STAT, "Stat": stat}} for index, stat in enumerate(stats)]
    now = time.time()
    response = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=now - 30 * DAY, EndTime=now)
    assert [series["Id"] for series in response["MetricDataResults"]] == [query["Id"] for query in queries]


@pytest.mark.parametrize("stat", ["tm99", "TM(10%:90%)", "IQM", "PR(:300)"])
def test_statistics_that_are_not_computed_are_refused(cloudwatch, stat):
    words = f"NotImplementedException: The local AWS does not implement the statistic {stat}."
    queries, now = [{"Id": "a", "MetricStat": {**STAT, "Stat": stat}}], time.time()
    times = {"StartTime": now - HOUR, "EndTime": now}
    assert refused(cloudwatch.get_metric_data, MetricDataQueries=queries, **times) == words
    assert refused(cloudwatch.get_metric_statistics, **statistics({"ExtendedStatistics": [stat]})) == words
