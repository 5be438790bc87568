"""Reads what explains a training job: its log, its metrics, its hosts' utilisation.

Metrics are read from the log by the job's own regular expressions, as SageMaker does. A built-in algorithm has none,
so its metrics come from CloudWatch. Utilisation comes from the profiler if the job has one, else from CloudWatch.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import LogLine, training_log
from launchpad.platform_client.outputs import read_output

NAMESPACE = "/aws/sagemaker/TrainingJobs"
UTILISATION = ("CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization", "GPUMemoryUtilization")
"""SageMaker's metrics in percent; 100 is one processor's whole time, so four busy ones are 400."""
PERIODS = {True: 1, False: 60}
"""Seconds between CloudWatch's data points, by whether it is the local AWS. SageMaker sends one per minute."""
PROFILE_FOLDER = "profiler-output/system/incremental"

Series = list[tuple[float, float]]
"""Pairs of seconds since 1970 and a value."""


@dataclass(frozen=True)
class JobInsight:
    """The data of a report."""

    job: Mapping[str, Any]
    """The response of DescribeTrainingJob."""
    log: list[LogLine]
    metrics: dict[str, Series]
    utilisation: dict[str, dict[str, Series]]
    """Each host's samples, by metric."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """The texts of the result tables in its output, by file name."""


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
    definitions = job["AlgorithmSpecification"].get("MetricDefinitions", [])
    metrics = metrics_in(log, definitions) if definitions else _published_metrics(connection, job)
    utilisation = _profile(connection, job) or _sampled(connection, job)
    return JobInsight(job, log, metrics, utilisation, _tables(connection, job, tables))


def _tables(connection: Connection, job: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """Read the result tables; none if they cannot be read, because the report is worth having without."""
    try:
        return read_output(connection, job, names)
    except (ClientError, LaunchpadError, tarfile.TarError):
        return {}


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


def samples_in(lines: Iterable[str]) -> dict[str, dict[str, Series]]:
    """The profiler's samples by metric and host; several processors or disks at one moment are averaged."""
    gathered: dict[tuple[str, str, float], list[float]] = defaultdict(list)
    for line in filter(str.strip, lines):
        sample = json.loads(line)
        if sample["Dimension"] in UTILISATION:
            gathered[sample["Dimension"], sample["NodeId"], sample["Timestamp"]].append(sample["Value"])
    samples: dict[str, dict[str, Series]] = {}
    for (metric, host, at), values in sorted(gathered.items()):
        samples.setdefault(metric, {}).setdefault(host, []).append((at, sum(values) / len(values)))
    return samples


def hosts(job: Mapping[str, Any]) -> list[str]:
    """The names that SageMaker gives the job's hosts."""
    return [f"algo-{number}" for number in range(1, instances(job) + 1)]


def instances(job: Mapping[str, Any]) -> int:
    """The number of the job's instances, in all its groups."""
    resources = job["ResourceConfig"]
    groups = resources.get("InstanceGroups") or [resources]
    return sum(int(group.get("InstanceCount", 1)) for group in groups)


def _profile(connection: Connection, job: Mapping[str, Any]) -> dict[str, dict[str, Series]]:
    config = job.get("ProfilerConfig") or {}
    if not config.get("S3OutputPath") or config.get("DisableProfiler"):
        return {}
    url = urlsplit(config["S3OutputPath"])
    prefix = "/".join(part for part in (url.path.strip("/"), job["TrainingJobName"], PROFILE_FOLDER) if part)
    return samples_in(_lines(connection.client("s3"), url.netloc, f"{prefix}/"))


def _lines(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if item["Key"].endswith(".json"):
                body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"]
                yield from body.read().decode().splitlines()


def _sampled(connection: Connection, job: Mapping[str, Any]) -> dict[str, dict[str, Series]]:
    samples: dict[str, dict[str, Series]] = {}
    for metric in UTILISATION:
        for host in hosts(job):
            dimension = {"Name": "Host", "Value": f"{job['TrainingJobName']}/{host}"}
            if series := _series(connection, job, metric, dimension):
                samples.setdefault(metric, {})[host] = series
    return samples


def _published_metrics(connection: Connection, job: Mapping[str, Any]) -> dict[str, Series]:
    dimension = {"Name": "TrainingJobName", "Value": job["TrainingJobName"]}
    names = [item["MetricName"] for item in job.get("FinalMetricDataList", [])]
    read = {name: _series(connection, job, name, dimension) for name in names}
    return {name: series for name, series in read.items() if series}


def _series(connection: Connection, job: Mapping[str, Any], metric: str, dimension: Mapping[str, str]) -> Series:
    """One CloudWatch metric while the job ran (GetMetricData)."""
    period = PERIODS[connection.local is not None]
    stat = {
        "Metric": {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": [dimension]},
        "Period": period,
        "Stat": "Average",
    }
    pages = (
        connection.client("cloudwatch")
        .get_paginator("get_metric_data")
        .paginate(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=job["CreationTime"] - timedelta(seconds=period),
            EndTime=(job.get("TrainingEndTime") or datetime.now(UTC)) + timedelta(seconds=period),
            ScanBy="TimestampAscending",
        )
    )
    return [
        (at.timestamp(), value)
        for page in pages
        for result in page["MetricDataResults"]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
    ]


def _number(match: re.Match[str]) -> float | None:
    try:
        return float(match.group(1) if match.re.groups else match.group(0))
    except (ValueError, TypeError):
        return None
