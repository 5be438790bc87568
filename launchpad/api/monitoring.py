"""Monitoring from Python: compare what a model is asked with its training data, and upload what is true."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launchpad.api.frames import frame
from launchpad.api.jobs import Job, Progress
from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client import jobs
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.logs import LogLine
from launchpad.platform_client.monitoring import baselines, runs
from launchpad.platform_client.monitoring.label_files import LabelColumns, check, labels
from launchpad.platform_client.monitoring.label_uploads import Uploaded, upload
from launchpad.platform_client.monitoring.reports import Report, report_of, reports
from launchpad.platform_client.platform import Platform

if TYPE_CHECKING:
    from launchpad import workload as schema

COMPLETED = "Completed"


def run(
    connection: Connection, platform: Platform, workload: str, hours: int | None, progress: Progress
) -> list[Report]:
    """Start a workload's monitoring jobs, wait, and return their reports; `progress` has what was skipped.

    Raises:
        LaunchpadError: the model has no baseline, or a job failed.
    """
    results = []
    for started in runs.start(connection, workload, hours):
        if started.status != runs.STARTED:
            progress(f"{started.endpoint or workload}: {started.status}: {started.reason}")
            continue
        _settled(connection, jobs.KINDS["monitor"], started.job, progress)
        results.append(report_of(connection, platform, workload, started.job))
    return results


def table(connection: Connection, platform: Platform, workload: str, limit: int) -> Any:
    """A DataFrame of the newest reports, with a row for each."""
    return frame(
        {
            "time": report.time,
            "endpoint": report.endpoint,
            "status": report.status,
            "reason": report.reason,
            "records": report.records,
            "drifted_share": report.drifted_share,
            "worst_column": (report.worst or {}).get("name"),
            "severity": (report.worst or {}).get("severity"),
            "quality": (report.quality or {}).get("value"),
            "training_job": report.training_job,
            "job": report.job,
        }
        for report in reports(connection, platform, workload, limit)
    )


def send_labels(
    connection: Connection, platform: Platform, workload: schema.Workload, values: Any, columns: LabelColumns
) -> Uploaded:
    """Check labels and upload them: those of a CSV file, or true values by inference id.

    Raises:
        LaunchpadError: has what is wrong with them.
    """
    section = workload.monitoring
    if section is None:
        raise LaunchpadError(f"workloads/{workload.name}/workload.yaml has no `monitoring` section; write one")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(values) if isinstance(values, str | Path) else _file_of(values, Path(folder), columns)
        check(path, columns, numbers=section.task == "regression", progress=lambda _: None)
        return upload(connection, platform, workload.name, labels(path, columns))


def make_baseline(
    connection: Connection,
    platform: Platform,
    workload: schema.Workload,
    job: Job | str | None,
    token: str,
    code: Mapping[str, Any],
    progress: Progress,
) -> str:
    """Make the baseline of a job's model, by default of the served one; return its folder in S3.

    Raises:
        LaunchpadError: one of its two jobs failed.
    """
    name = job.name if isinstance(job, Job) else job or baselines.served_model_job(connection, platform, workload)
    for _, kind, each in baselines.launches(connection, platform, workload.name, name, token, code):
        _settled(connection, kind, each, progress)
    return baselines.baseline_folder(platform, workload.name, name)


def _file_of(values: Any, folder: Path, columns: LabelColumns) -> Path:
    path = folder / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([columns.inference_id, columns.label])
        writer.writerows(values.items())
    return path


def _settled(connection: Connection, kind: jobs.Kind, job: str, progress: Progress) -> None:
    def show(news: str | LogLine) -> None:
        progress(news.text if isinstance(news, LogLine) else f"{job}: {news}")

    ended = jobs.follow(connection, kind, job, show)
    if kind.status(ended) != COMPLETED:
        reason = ended.get("FailureReason") or ended.get("ExitMessage") or "no reason given"
        raise LaunchpadError(f"{job} {kind.status(ended).lower()}: {reason}")
