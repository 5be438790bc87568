"""One run of the monitor function, and what its jobs read and leave behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.unit.monitor_function.monitored_account import CONFIG, ENDPOINT, JOB, NOW, WORKLOAD, Account

QUALITY = "  quality: {metric: rmse, at_most: 9, days: 3}\n"
TRACKING = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-1"
OTHER = "dev-boston-housing-t2"
"""The job of another model."""
MONITOR_JOB = "dev-boston-housing-monitor-20261129-120000"
Call = Callable[..., dict[str, Any]]


def run(call: Call, **event: Any) -> dict[str, Any]:
    """The one row of a run at noon."""
    (row,) = call(workload=WORKLOAD, **{"by": "monitor", "time": NOW.isoformat(), **event})["runs"]
    return dict(row)


def inputs(account: Account, job: str = MONITOR_JOB) -> dict[str, Any]:
    """What a job reads: the names in its manifests, or the URI of a folder."""
    items = {item["InputName"]: item["S3Input"] for item in account.jobs[job]["ProcessingInputs"]}
    return {
        name: account.read(item["S3Uri"])[1:] if item["S3DataType"] == "ManifestFile" else item["S3Uri"]
        for name, item in items.items()
    }


def settings(account: Account, job: str = MONITOR_JOB) -> Any:
    return account.read(inputs(account, job)["settings"])


def result(**values: Any) -> dict[str, Any]:
    own = {"version": 1, "workload": WORKLOAD, "endpoint": ENDPOINT, "training_job": JOB, "columns": []}
    window = {"start": (NOW - timedelta(hours=30)).isoformat(), "end": (NOW - timedelta(hours=5)).isoformat()}
    numbers = {"records": 500, "drifted_share": 0.5, "worst": {"name": "rm", "severity": 2.5}, "quality": None}
    return {**own, "window": window, "status": "drift", "reason": None, **numbers, **values}


def end(account: Account, job: str = MONITOR_JOB, status: str = "Completed", **values: Any) -> None:
    """End a job, with a result if it completed."""
    account.jobs[job] |= {"ProcessingJobStatus": status, "CreationTime": NOW, "ProcessingEndTime": NOW}
    if status == "Completed":
        account.put(f"{WORKLOAD}/monitoring/{job}/result.json", result(**values))


def earlier(
    account: Account, end_hours_ago: float, status: str = "no_drift", hours: int | None = None, source: str = "async"
) -> None:
    """A report of an earlier job."""
    job = f"dev-boston-housing-monitor-20261120-{-int(end_hours_ago) % 1_000_000:06}"
    window = {"start": (NOW - timedelta(days=3)).isoformat(), "end": (NOW - timedelta(hours=end_hours_ago)).isoformat()}
    account.put(f"{WORKLOAD}/monitoring/{job}/result.json", result(window=window, status=status))
    account.put(f"{WORKLOAD}/records/{job}.json", {"monitoring": {"hours": hours, "source": source}})
    account.jobs[job] = {"ProcessingJobStatus": "Completed"}


def history(account: Account, hours_ago: float, job: str, config: str = CONFIG, outcome: str = "asked") -> None:
    """A change of the endpoint."""
    time = NOW - timedelta(hours=hours_ago)
    record = {"time": time.isoformat(), "job": job, "variants": [], "outcome": outcome}
    account.put(f"{WORKLOAD}/history/{time:%Y%m%dT%H%M%S%fZ}-{config}.json", record)
