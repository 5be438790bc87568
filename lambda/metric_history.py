"""A training job's metrics with their steps, read from its log by the job's own regular expressions, as SageMaker does.

Note: no API returns the history of such metrics: CloudWatch has averages over minutes, DescribeTrainingJob the last
values. A step is the number of the value in the log of its instance, from 0. Of a job that has no expressions, as those
of built-in algorithms, only the last values are known.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError
from experiments import Point

GROUP = "/aws/sagemaker/TrainingJobs"
MOST_POINTS = 5_000
"""The most of one metric that are kept, evenly thinned out."""
WAITS = (2, 5, 10)
"""Seconds to wait for lines that CloudWatch has not got yet when the job has ended."""
_NOT_ALLOWED = re.compile(r"[^\w.\-/ :]")
"""What MLflow refuses in a metric's name."""


def metric_history(job: Mapping[str, Any]) -> list[Point]:
    """Return every value of the job's metrics; the last one is there even if its line is not in the log yet."""
    points = _points_in_log(job)
    for pause in WAITS if job["AlgorithmSpecification"].get("MetricDefinitions") else ():
        if not _late(job, points):
            break
        time.sleep(pause)
        points = _points_in_log(job)
    for metric in _late(job, points):
        name = metric_name(metric["MetricName"])
        series = points.setdefault(name, [])
        series.append((name, metric["Value"], milliseconds(metric["Timestamp"]), len(series)))
    return [point for series in points.values() for point in _thinned(series)]


def metric_name(name: str) -> str:
    """Return the name as MLflow accepts it."""
    return _NOT_ALLOWED.sub("_", name)


def milliseconds(time_: Any) -> int:
    """Return milliseconds since 1970 of a datetime from boto3."""
    return int(time_.timestamp() * 1000)


def _points_in_log(job: Mapping[str, Any]) -> dict[str, list[Point]]:
    definitions = job["AlgorithmSpecification"].get("MetricDefinitions") or []
    expressions = [(metric_name(item["Name"]), re.compile(item["Regex"])) for item in definitions]
    points: dict[str, list[Point]] = {}
    for timestamp, line in _lines(job["TrainingJobName"]) if expressions else ():
        for name, expression in expressions:
            for match in expression.finditer(line):
                value = _number(match)
                if value is not None:
                    series = points.setdefault(name, [])
                    series.append((name, value, timestamp, len(series)))
    return points


def _lines(job: str) -> Iterator[tuple[int, str]]:
    """Yield times and lines of the job's first instance, with a stream per attempt: others print the same metrics."""
    logs = boto3.client("logs")
    try:
        streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{job}/algo-1-")["logStreams"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return  # no job has written a log yet
        raise
    for stream in streams:
        options = {"logGroupName": GROUP, "logStreamName": stream["logStreamName"], "startFromHead": True}
        token = None
        while True:
            page = logs.get_log_events(**options, **({"nextToken": token} if token else {}))
            yield from ((event["timestamp"], event["message"]) for event in page["events"])
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]


def _number(match: re.Match[str]) -> float | None:
    try:
        value = float(match.group(1) if match.re.groups else match.group())
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _late(job: Mapping[str, Any], points: Mapping[str, list[Point]]) -> list[Mapping[str, Any]]:
    """Return the final metrics whose value is not the last one in the log."""
    final = job.get("FinalMetricDataList") or []
    return [metric for metric in final if not _has(points.get(metric_name(metric["MetricName"]), []), metric)]


def _has(series: list[Point], metric: Mapping[str, Any]) -> bool:
    """Return whether a series ends with the metric's final value, which SageMaker returns as a 32-bit number."""
    return any(math.isclose(value, metric["Value"], rel_tol=1e-5, abs_tol=1e-9) for _, value, _, _ in series[-1:])


def _thinned(series: list[Point]) -> list[Point]:
    if len(series) <= MOST_POINTS:
        return series
    stride = -(-len(series) // (MOST_POINTS - 1))
    return [*series[:-1:stride], series[-1]]
