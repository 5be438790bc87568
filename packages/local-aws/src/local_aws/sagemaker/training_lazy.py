"""FastFile mode: the objects of a channel as files whose bytes are read from S3 on demand."""

from __future__ import annotations

from functools import partial
from typing import Any

from local_aws.files.storage import Location
from local_aws.runtimes.base import LazyFile
from local_aws.sagemaker.input_objects import InputObject


def lazy_files(s3: Any, objects: list[InputObject]) -> list[LazyFile]:
    """The files for `Runtime.train`: names and sizes now, content on demand. Raises `DownloadError`."""
    return [
        LazyFile(item.path.as_posix(), _size(s3, item.location), partial(_read, s3, item.location)) for item in objects
    ]


def _size(s3: Any, location: Location) -> int:
    return int(s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"])


def _read(s3: Any, location: Location, start: int, length: int) -> bytes:
    byte_range = f"bytes={start}-{start + length - 1}"
    return bytes(s3.get_object(Bucket=location.bucket, Key=location.key, Range=byte_range)["Body"].read())
