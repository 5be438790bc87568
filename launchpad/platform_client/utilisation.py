"""How busy a job's hosts were, by the samples that SageMaker puts into CloudWatch for every job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from launchpad.platform_client.connection import Connection

NAMESPACES = {
    "training": "/aws/sagemaker/TrainingJobs",
    "processing": "/aws/sagemaker/ProcessingJobs",
    "transform": "/aws/sagemaker/TransformJobs",
}
"""CloudWatch's namespaces, by kind of job."""
UTILISATION = ("CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization", "GPUMemoryUtilization")
"""SageMaker's metrics in percent; 100 is one processor's whole time, so four busy ones are 400."""
PERIODS = {True: 1, False: 60}
"""Seconds between CloudWatch's data points, by whether it is the local AWS. SageMaker sends one per minute."""

Series = list[tuple[float, float]]
"""Pairs of seconds since 1970 and a value."""
Utilisation = dict[str, dict[str, Series]]
"""Each host's samples, by metric."""


@dataclass(frozen=True)
class Span:
    """The time for which CloudWatch is asked."""

    start: datetime
    end: datetime | None

    def clamped(self, at: datetime) -> float:
        """A sample's time; that of the period in which the span starts counts from the start, not from before it."""
        return max(at, self.start).timestamp()


def training_utilisation(connection: Connection, job: Mapping[str, Any]) -> Utilisation:
    """The utilisation of a training job's hosts."""
    span = Span(job["CreationTime"], job.get("TrainingEndTime"))
    return sampled(connection, "training", job["TrainingJobName"], hosts(job), span)


def sampled(connection: Connection, kind: str, job: str, names: Sequence[str], span: Span) -> Utilisation:
    """CloudWatch's samples of the hosts of a job of this kind."""
    samples: Utilisation = {}
    for metric in UTILISATION:
        for host in names:
            dimensions = {"Host": f"{job}/{host}"}
            if series := read_series(connection, NAMESPACES[kind], metric, dimensions, span):
                samples.setdefault(metric, {})[host] = series
    return samples


def hosts(job: Mapping[str, Any]) -> list[str]:
    """The names that SageMaker gives the job's hosts."""
    return [f"algo-{number}" for number in range(1, instances(job) + 1)]


def instances(job: Mapping[str, Any]) -> int:
    """The number of the job's instances, in all its groups."""
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    return sum(int(group.get("InstanceCount", 1)) for group in groups)


def read_series(
    connection: Connection,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    span: Span,
    stat: str = "Average",
    period: int | None = None,
) -> Series:
    """One CloudWatch metric in a span of time (GetMetricData), ascending; `period` in seconds."""
    seconds = period or PERIODS[connection.local is not None]
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    query = {
        "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": pairs},
        "Period": seconds,
        "Stat": stat,
    }
    pages = (
        connection.client("cloudwatch")
        .get_paginator("get_metric_data")
        .paginate(
            MetricDataQueries=[{"Id": "m", "MetricStat": query}],
            StartTime=span.start - timedelta(seconds=seconds),
            EndTime=(span.end or datetime.now(UTC)) + timedelta(seconds=seconds),
            ScanBy="TimestampAscending",
        )
    )
    return [
        (span.clamped(at), value)
        for page in pages
        for result in page["MetricDataResults"]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
    ]
