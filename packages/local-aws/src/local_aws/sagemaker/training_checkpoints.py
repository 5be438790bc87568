"""Checkpoints and TensorBoard files: restored before the programs start, sent to S3 while they run and at their end."""

from __future__ import annotations

from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.reasons import words_of
from local_aws.files.storage import DownloadError
from local_aws.sagemaker.input_objects import download_all, input_objects
from local_aws.sagemaker.job_run import JobError
from local_aws.sagemaker.processing_outputs import ContinuousUpload, Output

CHECKPOINTS = "checkpoints"
"""Name of the output that is also an input."""


def restore(s3: Any, outputs: list[Output]) -> None:
    """Download the checkpoints of an earlier attempt or job to a host. Raises `JobError`."""
    for output in outputs:
        if output.name != CHECKPOINTS:
            continue
        try:
            objects = input_objects(s3, "S3Prefix", f"{str(output.location).rstrip('/')}/")
            download_all(s3, objects, output.tree.folder)
        except DownloadError as error:
            if "No S3 objects" not in str(error):
                raise JobError(f"ClientError: Checkpoint download failed:{error}") from error


class Synced:
    """Folders that are sent to S3 while programs run, and once more at their end."""

    def __init__(self, s3: Any, outputs: list[Output]) -> None:
        self._s3, self._outputs = s3, outputs
        for output in outputs:
            output.remember()  # restored files are in S3 already
        self._continuous = ContinuousUpload(s3, outputs)

    def __enter__(self) -> None:
        self._continuous.__enter__()

    def __exit__(self, *_: object) -> None:
        self._continuous.__exit__()
        for output in self._outputs:
            try:
                output.upload(self._s3)
            except (ClientError, BotoCoreError, Boto3Error, OSError) as error:
                failure = f"Upload of {output.name} to {output.location} failed:{words_of(error)}"
                raise JobError(f"ClientError: {failure}") from error
