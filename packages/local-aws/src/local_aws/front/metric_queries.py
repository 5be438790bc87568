"""What CloudWatch refuses of queries for metrics that its model allows, in its words.

Confirmed by users' reports and by published tests against AWS, but for the end of the words for a period and those for
an ExtendedStatistics that is none. GetMetricData has one code, ends each line, and names all that is wrong.
Statistics and ExtendedStatistics at once are taken: AWS's reference rules it out, but users' programs ask so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from local_aws.api.errors import AwsError, not_implemented
from local_aws.front.metric_words import are_exclusive, is_invalid, is_none_of, is_too_long

Members = Mapping[str, Any]
MOST_POINTS, MOST_QUERIES = 1440, 500
SHORT_PERIODS = (1, 5, 10, 20, 30)
BASIC = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
PERCENTILE = re.compile(r"p(100(\.0+)?|[0-9]{1,2}(\.[0-9]{1,10})?)", re.IGNORECASE)
TRIMMED = re.compile(r"IQM|(tm|wm|tc|ts)[0-9.]+|(pr|tm|wm|tc|ts)\([^:()]*:[^:()]*\)", re.IGNORECASE)
"""Statistics of CloudWatch that are not computed here."""
IDENTIFIER = re.compile(r"[a-z][a-zA-Z0-9_]*")


def _get_metric_statistics(members: Members) -> None:
    start, end, period = members["StartTime"], members["EndTime"], members["Period"]
    extended = members.get("ExtendedStatistics") or ()
    if not extended and not members.get("Statistics"):
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    for index, statistic in enumerate(extended, start=1):
        if not _is_statistic(statistic):
            words = is_invalid(f"ExtendedStatistics.member.{index}", statistic)
            raise AwsError("InvalidParameterValue", words)
    if start >= end:
        words = "The parameter StartTime must be less than the parameter EndTime."
        raise AwsError("InvalidParameterValue", words)
    for words in _of_a_period("Period", period):
        raise AwsError("InvalidParameterValue", words)
    if (points := int((end - start) / period)) > MOST_POINTS:
        words = f"You have requested up to {points} datapoints, which exceeds the limit of {MOST_POINTS}."
        remedy = "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        raise AwsError("InvalidParameterCombination", f"{words} {remedy}")
    _refuse_trimmed(extended)


def _get_metric_data(members: Members) -> None:
    if lines := list(_of_queries(members)):
        raise AwsError("ValidationError", "".join(f"{line}\n" for line in lines))
    _refuse_trimmed(query["MetricStat"]["Stat"] for query in members["MetricDataQueries"] if query.get("MetricStat"))


def _of_queries(members: Members) -> Iterator[str]:
    start, end, queries = members["StartTime"], members["EndTime"], members["MetricDataQueries"]
    if len(queries) > MOST_QUERIES:
        yield is_too_long("MetricDataQueries", MOST_QUERIES)
    if start == end:
        yield "The parameter StartTime must not equal parameter EndTime."
    if start > end:
        yield "The parameter EndTime must be greater than StartTime."
    for index, query in enumerate(queries, start=1):
        yield from _of_a_query(f"MetricDataQueries.member.{index}", query)
    if len({query["Id"] for query in queries}) < len(queries):
        yield "The values for parameter id in MetricDataQueries are not unique."


def _of_a_query(path: str, query: Members) -> Iterator[str]:
    if not IDENTIFIER.fullmatch(query["Id"]):
        pattern = f"^{IDENTIFIER.pattern}$"
        yield f"The value {query['Id']} for parameter {path}.Id is not matching the expected pattern {pattern}."
    metric = query.get("MetricStat")
    if metric is None and not query.get("Expression"):
        yield f"The parameter {path}.MetricStat is required."
    for name in ("Expression", "Period") if metric is not None else ():
        if query.get(name):
            yield are_exclusive(path, name, "MetricStat")
    if metric is None:
        yield from _of_a_period(f"{path}.Period", query.get("Period") or 60)
        return
    yield from _of_a_period(f"{path}.MetricStat.Period", metric["Period"])
    if not _is_statistic(metric["Stat"]):
        yield f"The value {metric['Stat']} for parameter {path}.MetricStat.Stat is not a valid statistic."


def _of_a_period(path: str, period: int) -> Iterator[str]:
    if period % 60 and period not in SHORT_PERIODS:
        yield is_none_of(path, SHORT_PERIODS, otherwise=" or a multiple of 60")


def _is_statistic(name: str) -> bool:
    return name in BASIC or bool(PERCENTILE.fullmatch(name) or TRIMMED.fullmatch(name))


def _refuse_trimmed(names: Iterable[str]) -> None:
    for name in names:
        if TRIMMED.fullmatch(name):
            raise not_implemented(f"the statistic {name}")


RULES: dict[tuple[str, str], Callable[[Members], None]] = {
    ("monitoring", "GetMetricStatistics"): _get_metric_statistics,
    ("monitoring", "GetMetricData"): _get_metric_data,
}
