"""Old artifacts and checkpoints: what training jobs wrote to the model bucket, a folder per job.

Nothing else in the bucket is looked at: records, evaluations, baselines, captured requests, shared endpoints' archives
and MLflow's artifacts stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from housekeeping_rows import Row
from platform_access import ENVIRONMENT, objects, s3
from retention_references import RUNNING, Names, References, sagemaker
from retention_rows import S3_STORAGE, Rules, stored
from served_endpoints import workload_folders

from launchpad.requests import RequestError
from launchpad.requests.capture import FOLDER as CAPTURED
from launchpad.requests.shared_endpoints import FOLDER as SHARED

ARTIFACT, CHECKPOINT = "artifact", "checkpoints"
NO_WORKLOADS = (CAPTURED, SHARED, "mlflow")
"""Folders of the model bucket that no training job writes to."""
MOST_KEYS = 1000
"""The objects of one DeleteObjects request."""


@dataclass
class Folder:
    """What one job wrote below one prefix."""

    workload: str
    job: str
    uri: str
    size: int
    newest: datetime


def old_artifacts(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the jobs' outputs and archives of models that nothing refers to, but for each workload's newest."""
    folders = [folder for room in ("jobs", "models") for folder in _folders(room)]
    changed: dict[str, datetime] = {}
    for folder in folders:
        changed[folder.job] = max(folder.newest, changed.get(folder.job, folder.newest))
    limit = rules.limit("artifacts_days")
    if not any(moment < limit for moment in changed.values()):
        return
    newest = list(_newest(references, folders))
    used = Names(*references.everything, newest, [_tuning(job) for job in newest])
    limit = min(limit, references.oldest_execution)
    for folder in folders:
        if changed[folder.job] < limit and folder.job not in used and not used.holds(folder.uri):
            since = changed[folder.job]
            row = rules.row(ARTIFACT, folder.job, folder.uri, since, "artifacts_days", "nothing refers to it")
            yield stored(row, folder.size, S3_STORAGE)


def old_checkpoints(references: References, rules: Rules) -> Iterator[Row]:
    """Yield the checkpoints of jobs that can't be resumed, and of those that were not resumed for long."""
    completed, resumable = rules.limit("checkpoints_days"), rules.limit("resumable_days")
    folders = [folder for folder in _folders("checkpoints") if folder.newest < max(completed, resumable)]
    if not folders:
        return
    used = Names(*references.everything)
    for folder in folders:
        key, reason = _checkpoint_rule(folder.job)
        if not key or folder.newest >= min(rules.limit(key), references.oldest_execution):
            continue
        if folder.job not in used and not used.holds(folder.uri):
            row = rules.row(CHECKPOINT, folder.job, folder.uri, folder.newest, key, reason)
            yield stored(row, folder.size, S3_STORAGE)


def remove_objects(row: Row) -> None:
    """Delete all objects of a row's folder; in a bucket with versions, each becomes a noncurrent version.

    Raises:
        RequestError: something was written to the folder meanwhile, or S3 kept an object.
    """
    bucket, _, prefix = row.arn.removeprefix("s3://").partition("/")
    listed = list(objects(bucket, Prefix=prefix))
    if row.since and any(item["LastModified"] > row.since for item in listed):
        raise RequestError("it was written to meanwhile")
    for start in range(0, len(listed), MOST_KEYS):
        keys = [{"Key": item["Key"]} for item in listed[start : start + MOST_KEYS]]
        response = s3().delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        if errors := response.get("Errors"):
            raise RequestError(f"{errors[0]['Key']}: {errors[0]['Code']}: {errors[0]['Message']}")


def _newest(references: References, folders: list[Folder]) -> Iterator[str]:
    """The newest jobs of each workload that has an output, down to those that can be served without being named."""
    by_workload: dict[str, list[Folder]] = {}
    for folder in sorted(folders, key=lambda folder: folder.newest, reverse=True):
        if f"/{folder.workload}/jobs/" in folder.uri:
            by_workload.setdefault(folder.workload, []).append(folder)
    for workload, newest_first in by_workload.items():
        yield from references.newest(workload, (folder.job for folder in newest_first))


def _tuning(job: str) -> str:
    """The tuning that made the job, all of whose jobs then stay: `launchpad serve` takes the best of them."""
    return job.rsplit("-", 2)[0]


def _folders(room: str) -> list[Folder]:
    """What each job wrote below `<workload>/<room>/`."""
    folders: dict[str, Folder] = {}
    for workload in workload_folders():
        for item in objects(ENVIRONMENT.model_bucket, Prefix=f"{workload}/{room}/") if _is_workload(workload) else ():
            job, slash, _ = item["Key"].removeprefix(f"{workload}/{room}/").partition("/")
            if not slash or not job.startswith(f"{ENVIRONMENT.name}-"):
                continue  # no job of this environment wrote it
            uri = f"s3://{ENVIRONMENT.model_bucket}/{workload}/{room}/{job}/"
            folder = folders.setdefault(uri, Folder(workload, job, uri, 0, item["LastModified"]))
            folder.size += item["Size"]
            folder.newest = max(folder.newest, item["LastModified"])
    return list(folders.values())


def _is_workload(folder: str) -> bool:
    return folder not in NO_WORKLOADS


def _checkpoint_rule(name: str) -> tuple[str, str]:
    """The rule for a job's checkpoints, and why it is that one; empty for a job that has not ended."""
    try:
        job: Mapping[str, Any] = sagemaker().describe_training_job(TrainingJobName=name)
    except ClientError as error:
        if "not found" not in str(error):
            raise
        return "checkpoints_days", "its job is gone, so nothing can resume it"
    status = job["TrainingJobStatus"]
    if status in RUNNING:
        return "", ""
    if status == "Completed":
        return "checkpoints_days", "its job has completed"
    if job.get("TuningJobArn"):
        return "checkpoints_days", "its job is part of a tuning, which can't be resumed"
    return "resumable_days", f"its job is {status} and was not resumed"
