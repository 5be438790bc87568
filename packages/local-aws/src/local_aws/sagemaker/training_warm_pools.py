"""Warm pools: Describe's members about instances that a job keeps for the next one (KeepAlivePeriodInSeconds).

No instances exist here, and a job starts as fast without them. What is real: which job could have reused which
instances, and for how many seconds they would have been billed. Status is computed on request.
"""

from __future__ import annotations

import time
from typing import Any

from local_aws.api.service import Scope
from local_aws.api.store import Record, Store
from local_aws.sagemaker.job_run import FINISHED
from local_aws.sagemaker.kinds import TRAINING_JOB

MATCHING = ("RoleArn", "VpcConfig", "EnableInterContainerTrafficEncryption", "EnableNetworkIsolation")
MATCHING_RESOURCES = ("InstanceType", "InstanceCount", "InstanceGroups", "VolumeSizeInGB", "VolumeKmsKeyId")
"""Members that must match in two jobs for the second to reuse the first one's instances, as SageMaker documents."""


def refresh(record: Record) -> None:
    """Update a job's WarmPoolStatus."""
    details = record.details
    pool, seconds = details.get("WarmPoolStatus"), _kept(details)
    if pool is None or pool["Status"] in ("Reused", "Terminated") or details["TrainingJobStatus"] not in FINISHED:
        return
    waited = time.time() - details["TrainingEndTime"]
    if details["TrainingJobStatus"] != "Completed" or waited >= seconds:
        retained = min(waited, seconds) if details["TrainingJobStatus"] == "Completed" else 0
        _change(record, "Terminated", retained)
    else:
        _change(record, "Available", waited)


def refresh_all(store: Store, scope: Scope) -> None:
    """Update every job's WarmPoolStatus."""
    for record in store.all(TRAINING_JOB, scope):
        refresh(record)


def reuse(store: Store, record: Record) -> None:
    """Start a new job in the pool of the first job that matches, if it requests a pool."""
    if not _kept(record.details):
        return
    record.update(WarmPoolStatus={"Status": "InUse"})
    refresh_all(store, record.scope)
    for other in store.all(TRAINING_JOB, record.scope):
        if other.details.get("WarmPoolStatus", {}).get("Status") == "Available" and _key(other) == _key(record):
            _change(other, "Reused", time.time() - other.details["TrainingEndTime"], ReusedByJob=record.name)
            return


def keep(record: Record, seconds: int) -> None:
    """UpdateTrainingJob: keep the instances for longer, or no longer with 0."""
    record.update(ResourceConfig={**record.details["ResourceConfig"], "KeepAlivePeriodInSeconds": seconds})
    refresh(record)


def _change(record: Record, status: str, seconds: float, **members: Any) -> None:
    record.details = {
        **record.details,
        "WarmPoolStatus": {"Status": status, "ResourceRetainedBillableTimeInSeconds": round(seconds), **members},
    }


def _kept(details: dict[str, Any]) -> int:
    return int(details["ResourceConfig"].get("KeepAlivePeriodInSeconds") or 0)


def _key(record: Record) -> list[Any]:
    resources = record.details["ResourceConfig"]
    return [
        *(record.details.get(name) for name in MATCHING),
        *(resources.get(name) for name in MATCHING_RESOURCES),
    ]
