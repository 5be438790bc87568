"""The reports of a workload's monitoring jobs: `result.json` and the pages next to it, below WORKLOAD/monitoring/."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.outputs import read_object
from launchpad.platform_client.platform import Platform

RESULT, PAGE = "result.json", "report.html"
DRIFT, SKIPPED = "drift", "skipped"


@dataclass(frozen=True)
class Report:
    """The result of one monitoring job."""

    job: str
    time: datetime
    """When the result was written (UTC)."""
    uri: str
    """The folder of the report in S3, with a slash at its end."""
    result: Mapping[str, Any]
    """The content of result.json."""

    @property
    def endpoint(self) -> str:
        """The endpoint whose requests were compared."""
        return str(self.result.get("endpoint") or "")

    @property
    def training_job(self) -> str:
        """The training job of the served model, whose baseline the requests were compared with."""
        return str(self.result.get("training_job") or "")

    @property
    def status(self) -> str:
        """`no_drift`, `drift` or `skipped`, which is neither: too few records, for example."""
        return str(self.result["status"])

    @property
    def reason(self) -> str:
        """Why it was skipped; empty otherwise."""
        return str(self.result.get("reason") or "")

    @property
    def drifted(self) -> bool:
        """Whether more columns have drifted than the workload allows."""
        return self.status == DRIFT

    @property
    def records(self) -> int:
        """How many requests' records were compared."""
        return int(self.result.get("records") or 0)

    @property
    def drifted_share(self) -> float | None:
        """The share of columns that have drifted; None if nothing was compared."""
        return self.result.get("drifted_share")

    @property
    def columns(self) -> list[Mapping[str, Any]]:
        """The columns that were compared, the most severe first."""
        return sorted(self.result.get("columns") or [], key=severity, reverse=True)

    @property
    def worst(self) -> Mapping[str, Any] | None:
        """Name and severity of the column that differs most; a severity above 1 is drift."""
        return self.result.get("worst")

    @property
    def quality(self) -> Mapping[str, Any] | None:
        """The metric, its value and its bound; None if the workload asks for none."""
        return self.result.get("quality")

    @property
    def misses_quality(self) -> bool:
        """Whether labels exist, and the quality is beyond its bound."""
        return bool(self.quality) and (self.quality or {}).get("passed") is False


def severity(column: Mapping[str, Any]) -> float:
    """A column's distance relative to its threshold; what could not be compared is last."""
    value = column.get("severity")
    return float(value) if isinstance(value, int | float) else -1.0


def reports(connection: Connection, platform: Platform, workload: str, limit: int | None = None) -> list[Report]:
    """The newest reports of a workload, the newest first; of all its endpoints.

    Raises:
        LaunchpadError: a result is not what the monitoring image writes.
    """
    dated_keys = sorted(_results(connection, platform.model_bucket, workload), reverse=True)
    return [
        read_report(connection, f"s3://{platform.model_bucket}/{key.removesuffix(RESULT)}", time)
        for time, key in dated_keys[:limit]
    ]


def last_with_page(connection: Connection, platform: Platform, workload: str) -> Report | None:
    """The newest report with a page; None without one. A window without any request has a result, but no page."""
    bucket = platform.model_bucket
    for time, key in sorted(_results(connection, bucket, workload), reverse=True):
        folder = key.removesuffix(RESULT)
        if any(item["Key"] == f"{folder}{PAGE}" for item in _objects(connection, bucket, f"{folder}{PAGE}")):
            return read_report(connection, f"s3://{bucket}/{folder}", time)
    return None


def report_of(connection: Connection, platform: Platform, workload: str, job: str) -> Report:
    """The report of one monitoring job.

    Raises:
        LaunchpadError: it has written none.
    """
    key = f"{_folder(workload)}{job}/"
    for time, each in _results(connection, platform.model_bucket, workload, f"{job}/"):
        return read_report(connection, f"s3://{platform.model_bucket}/{each.removesuffix(RESULT)}", time)
    raise LaunchpadError(f"monitoring job {job} has written no {RESULT} into s3://{platform.model_bucket}/{key}")


def read_report(connection: Connection, uri: str, time: datetime) -> Report:
    """Read the result in the folder `uri`."""
    body = read_object(connection, f"{uri}{RESULT}")
    try:
        result = json.loads(body.read()) if body is not None else None
    except ValueError:
        result = None
    if not isinstance(result, dict) or "status" not in result:
        raise LaunchpadError(f"{uri}{RESULT} is not the result of a monitoring job; delete it, or look into it")
    return Report(uri.rstrip("/").rpartition("/")[2], time, uri, result)


def pages_of(connection: Connection, report: Report) -> list[str]:
    """The S3 URIs of the report's pages: ours first, then those of evidently."""
    bucket, _, prefix = report.uri.removeprefix("s3://").partition("/")
    keys = [item["Key"] for item in _objects(connection, bucket, prefix) if item["Key"].endswith(".html")]
    return [f"s3://{bucket}/{key}" for key in sorted(keys, key=lambda key: (not key.endswith(f"/{PAGE}"), key))]


def download(connection: Connection, report: Report, folder: Path) -> list[Path]:
    """Download the report's pages and its result into `folder`; return their paths, the page to open first.

    Raises:
        LaunchpadError: the job wrote no page.
    """
    pages = pages_of(connection, report)
    if not pages:
        raise LaunchpadError(f"monitoring job {report.job} wrote no {PAGE} into {report.uri}")
    folder.mkdir(parents=True, exist_ok=True)
    return [_downloaded(connection, report, uri, folder) for uri in (*pages, f"{report.uri}{RESULT}")]


def _downloaded(connection: Connection, report: Report, uri: str, folder: Path) -> Path:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    target = folder / uri.removeprefix(report.uri).replace("/", "-")
    connection.client("s3").download_file(bucket, key, str(target))
    return target


def _folder(workload: str) -> str:
    return f"{workload}/monitoring/"


def _results(connection: Connection, bucket: str, workload: str, below: str = "") -> Iterator[tuple[datetime, str]]:
    """When each result was written, and its key."""
    for item in _objects(connection, bucket, f"{_folder(workload)}{below}"):
        if item["Key"].endswith(f"/{RESULT}"):
            yield item["LastModified"], item["Key"]


def _objects(connection: Connection, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    pages = connection.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        yield from page.get("Contents", [])
