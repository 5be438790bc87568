"""Reads what explains a training job: its log, its metrics, its hosts' utilisation, and what it wrote.

Metrics are read from the log by the job's own regular expressions, as SageMaker does. A built-in algorithm has none,
so its metrics come from CloudWatch.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import LogLine, training_log
from launchpad.platform_client.outputs import Picture, read_output, read_pictures
from launchpad.platform_client.utilisation import (
    NAMESPACES,
    Series,
    Span,
    Utilisation,
    read_series,
    training_utilisation,
)


@dataclass(frozen=True)
class JobInsight:
    """The data of a report."""

    job: Mapping[str, Any]
    """The response of DescribeTrainingJob."""
    log: list[LogLine]
    metrics: dict[str, Series]
    utilisation: Utilisation
    tables: Mapping[str, str] = field(default_factory=dict)
    """The texts of the result tables in its output, by file name."""
    pictures: tuple[Picture, ...] = ()
    """The pictures in its output."""


def read_insight(connection: Connection, name: str, tables: Collection[str] = ()) -> JobInsight:
    """Read everything about the training job `name`; `tables` are names of files in its output.

    Raises:
        LaunchpadError: the job doesn't exist.
    """
    sagemaker = connection.client("sagemaker")
    try:
        job = sagemaker.describe_training_job(TrainingJobName=name)
    except sagemaker.exceptions.ClientError as error:
        raise LaunchpadError(f"{name}: {error.response['Error']['Message']}; `launchpad status` lists jobs") from None
    log = training_log(connection.client("logs"), name).read()
    return JobInsight(
        job,
        log,
        read_metrics(connection, job, log),
        training_utilisation(connection, job),
        _tables(connection, job, tables),
        _pictures(connection, job),
    )


def read_metrics(connection: Connection, job: Mapping[str, Any], log: Iterable[LogLine]) -> dict[str, Series]:
    """The metrics of a training job over time: from its log, or from CloudWatch if it has no expressions."""
    definitions = job["AlgorithmSpecification"].get("MetricDefinitions", [])
    return metrics_in(log, definitions) if definitions else _published_metrics(connection, job)


def metrics_in(log: Iterable[LogLine], definitions: Iterable[Mapping[str, str]]) -> dict[str, Series]:
    """Each metric's values in the order of the log, matched as SageMaker does."""
    expressions = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
    metrics: dict[str, Series] = {}
    for line in log:
        for name, expression in expressions:
            for match in expression.finditer(line.text):
                number = _number(match)
                if number is not None:
                    metrics.setdefault(name, []).append((line.milliseconds / 1000, number))
    return metrics


def _tables(connection: Connection, job: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """Read the result tables; none if they cannot be read, because the report is worth having without."""
    try:
        return read_output(connection, job, names)
    except (ClientError, LaunchpadError, tarfile.TarError):
        return {}


def _pictures(connection: Connection, job: Mapping[str, Any]) -> tuple[Picture, ...]:
    try:
        return read_pictures(connection, job)
    except (ClientError, tarfile.TarError):
        return ()


def _published_metrics(connection: Connection, job: Mapping[str, Any]) -> dict[str, Series]:
    dimensions = {"TrainingJobName": job["TrainingJobName"]}
    names = [item["MetricName"] for item in job.get("FinalMetricDataList", [])]
    span = Span(job["CreationTime"], job.get("TrainingEndTime"))
    read = {name: read_series(connection, NAMESPACES["training"], name, dimensions, span) for name in names}
    return {name: series for name, series in read.items() if series}


def _number(match: re.Match[str]) -> float | None:
    try:
        return float(match.group(1) if match.re.groups else match.group(0))
    except (ValueError, TypeError):
        return None
