"""Resume a training job that ended without a model: another job begins with a copy of its checkpoints.

Each job keeps its checkpoints below its own name. SageMaker downloads what is in the folder of `CheckpointConfig` when
a job starts, and uploads what the job writes. Pointing two jobs at one folder would mix their checkpoints, and would
overwrite those of the earlier job; so they are copied, within S3, before the job is created.

Two calls with one token may copy at once. So a copy never replaces an object: the job of the faster call may have
written newer checkpoints by then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError
from models import sagemaker
from platform_access import ENVIRONMENT, objects

from launchpad.requests import Definition, Request, RequestError
from launchpad.requests.training import jobs_uri

COPIES_AT_ONCE = 16
MOST_BYTES = 200 * 2**30
"""What S3 copies well within the function's 15 minutes."""
ENDED = ("Failed", "Stopped")
EXISTS, CONFLICT = "PreconditionFailed", "ConditionalRequestConflict"
"""S3's codes for a key that exists, and for one that another call writes at this moment: repeat that copy."""
CONFLICT_SECONDS = (1, 2, 4, 8)
WRITES = ("CopyObject", "CompleteMultipartUpload")
"""S3's operations that end a copy: of a small object, and of one that is copied in parts."""


def begin_with_checkpoints(kind: str, definition: Definition, earlier: Any, request: Request) -> None:
    """Copy the checkpoints of the job `earlier` to where the job of `request` reads them, unless that job exists.

    Raises:
        RequestError: the earlier job can't be resumed, or the new one keeps no checkpoints.
    """
    if kind != "training":
        raise RequestError(f"resumed_from: only a training job can be resumed, not one of kind {kind!r}")
    source = _checkpoints_of(definition, earlier)
    if "CheckpointConfig" not in request:
        raise RequestError("resumed_from: the workload keeps no checkpoints; write `training.checkpoints: true`")
    if _exists(request["TrainingJobName"]):
        return  # a repeated event; the job has written newer checkpoints by now
    objects = list(_objects(source))
    if not objects:
        raise RequestError(f"resumed_from {earlier!r}: it ended before it wrote a checkpoint; start a job without it")
    total = sum(item["Size"] for item in objects)
    if total > MOST_BYTES:
        raise RequestError(
            f"resumed_from {earlier!r}: its checkpoints have {total / 2**30:.0f} GiB, more than the"
            f" {MOST_BYTES // 2**30} that can be copied; remove older ones from {source}/"
        )
    _copy_all(source, request["CheckpointConfig"]["S3Uri"], [item["Key"] for item in objects])


def _checkpoints_of(definition: Definition, earlier: Any) -> str:
    """The folder with the checkpoints of a job that can be resumed."""
    if not isinstance(earlier, str) or not earlier:
        raise RequestError("resumed_from: write the name of a training job that failed or was stopped")
    job, key = _described(earlier), f"resumed_from {earlier!r}"
    if job["OutputDataConfig"]["S3OutputPath"] != jobs_uri(definition, ENVIRONMENT):
        raise RequestError(f"{key}: it did not train workload {definition['name']!r} in {ENVIRONMENT.name!r}")
    if job.get("TuningJobArn"):
        raise RequestError(f"{key}: it belongs to a tuning job, which chose its hyperparameters; start that again")
    status = job["TrainingJobStatus"]
    if status == "Completed":
        raise RequestError(f"{key}: it has completed; to begin with its model, use `--from {earlier}`")
    if status not in ENDED:
        raise RequestError(f"{key}: it is {status}; wait for its end, or stop it first")
    if "CheckpointConfig" not in job:
        raise RequestError(f"{key}: it kept no checkpoints; write `training.checkpoints: true` for the next ones")
    return str(job["CheckpointConfig"]["S3Uri"]).rstrip("/")


def _described(name: str) -> Mapping[str, Any]:
    try:
        job: Mapping[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
    except sagemaker.exceptions.ClientError as error:
        raise RequestError(f"resumed_from {name!r}: {error.response['Error']['Message']}") from None
    return job


def _exists(name: str) -> bool:
    try:
        sagemaker.describe_training_job(TrainingJobName=name)
    except sagemaker.exceptions.ClientError as error:
        if "not found" not in str(error):
            raise
        return False
    return True


def _objects(folder: str) -> Iterator[Mapping[str, Any]]:
    address = urlsplit(folder)
    return objects(address.netloc, Prefix=f"{address.path[1:]}/")


def _copy_all(source: str, target: str, keys: list[str]) -> None:
    """Copy the objects that the target folder lacks."""
    old, new = urlsplit(source), urlsplit(target)
    s3 = _keeping_s3()

    def copy(key: str, waits: tuple[int, ...] = CONFLICT_SECONDS) -> None:
        name = key.removeprefix(f"{old.path[1:]}/")
        try:
            s3.copy({"Bucket": old.netloc, "Key": key}, new.netloc, f"{new.path[1:]}/{name}")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == CONFLICT and waits:
                time.sleep(waits[0])
                copy(key, waits[1:])
            elif code != EXISTS:
                raise

    with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
        list(pool.map(copy, keys))


def _keeping_s3() -> Any:
    """A client of S3 whose copies replace nothing.

    boto3's managed copy takes no `IfNoneMatch`, so the header is added to its requests. Source: S3 API reference,
    CopyObject and CompleteMultipartUpload.
    """
    s3 = boto3.client("s3")
    for operation in WRITES:
        s3.meta.events.register_first(f"before-call.s3.{operation}", _keep_existing)
    return s3


def _keep_existing(params: dict[str, Any], **_: Any) -> None:
    params["headers"]["If-None-Match"] = "*"
