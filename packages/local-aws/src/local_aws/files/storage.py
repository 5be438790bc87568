"""A job's transfers from and to S3: models, archives, artifacts. Errors have SageMaker's messages.

Only for threads (see `clients`).
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.archives import ArchiveError, pack, unpack
from local_aws.files.reasons import printable, words_of
from local_aws.files.untrusted import Entry, JobTree, merged
from local_aws.files.volumes import Volume

PARALLEL_DOWNLOADS = 8
LONGEST_NAME = 255
"""Bytes of a file name."""
LONGEST_KEY = 1024
"""Bytes of an object key."""
TOO_LARGE = (
    "The model data archive is too large. Please reduce the size of the model data archive or move to an instance type "
    "with more memory."
)
"""SageMaker's message for a model that does not fit on an instance's disk."""


class DownloadError(Exception):
    """Data could not be downloaded; the message is SageMaker's reason for the failure."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in S3: an object's key, or a prefix of keys."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Location:
        """Parse ``s3://bucket/key``; the request's model has checked the pattern."""
        bucket, _, key = uri.removeprefix("s3://").removeprefix("https://").partition("/")
        return cls(bucket, key)

    def __truediv__(self, name: str) -> Location:
        return Location(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def nothing_found(location: Location, region: str, role_arn: str) -> str:
    """SageMaker's error for a request whose data does not exist."""
    return (
        f'No S3 objects found under S3 URL "{location}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
        f'"{role_arn}" has "s3:ListBucket" permissions on bucket "{location.bucket}".'
    )


def download_prefix(s3: Any, location: Location, folder: Path, volume: Volume) -> int:
    """Download a model's files, each object whose key begins with the location's, to ``folder``; returns how many.

    File names are the part after the prefix, or after its last "/" if the prefix ends within a name. A name that
    S3ModelDataSource forbids is refused.
    """
    keys = [key for key in _keys(s3, location) if not key.endswith("/")]
    if not keys:
        raise DownloadError(f"No S3 objects found under {location}.")
    files = {
        key: folder / file_path(Location(location.bucket, key), _relative(location.key, key), strict=True)
        for key in keys
    }
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        for download in [pool.submit(_download, s3, location.bucket, *file, volume) for file in files.items()]:
            download.result()
    return len(files)


def download_archive(s3: Any, location: Location, folder: Path, volume: Volume, container: str) -> None:
    """Download the model.tar.gz of a container (by name) and unpack it into ``folder``."""
    with tempfile.TemporaryFile() as archive:
        try:
            s3.download_fileobj(location.bucket, location.key, archive)
            archive.seek(0)
            unpack(archive, folder, volume)
        except (ClientError, BotoCoreError) as error:
            raise DownloadError(f"Could not find model data at {location}.") from error
        except (ArchiveError, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise DownloadError(TOO_LARGE) from error
            raise DownloadError(
                f'Failed to extract model data archive for container "{container}" from URL "{location}". Please '
                f"ensure that the object located at the URL is a valid tar.gz archive. ({printable(words_of(error))})"
            ) from error


def upload_archive(s3: Any, trees: list[JobTree], location: Location, kms_key: str | None, volume: Volume) -> None:
    """Pack the hosts' files in a folder into one .tar.gz object, as SageMaker does with /opt/ml/model."""
    with tempfile.TemporaryFile() as archive:
        pack(trees, archive, volume)
        archive.seek(0)
        s3.upload_fileobj(archive, location.bucket, location.key, ExtraArgs=_encryption(kms_key))


def upload_folder(s3: Any, trees: list[JobTree], location: Location, kms_key: str | None, volume: Volume) -> None:
    """Upload the hosts' files in a folder, each under its relative name (CompressionType NONE).

    S3 has no links: skipping one would lose its content, and following it could upload any file of this machine.
    So links are refused, as is everything else that is not a file.
    """
    for tree, entry in merged(trees):
        if entry.is_folder:
            continue
        if not entry.is_file:
            raise OSError(f"{tree.shown(entry.parts)} is no regular file, and CompressionType is NONE")
        volume.take(entry.status.st_size)
        upload_file(s3, tree, entry, location, kms_key)


def upload_file(s3: Any, tree: JobTree, entry: Entry, location: Location, kms_key: str | None) -> os.stat_result:
    """Upload a job's file under its name below ``location``; returns its stat at that time."""
    target = location / entry.name
    try:
        length = len(target.key.encode())
    except UnicodeEncodeError:
        raise OSError(f"The name of {tree.shown(entry.parts)} is not UTF-8") from None
    if length > LONGEST_KEY:
        raise OSError(f"The key of {tree.shown(entry.parts)} is longer than {LONGEST_KEY} bytes")
    with tree.open(entry.parts) as file:
        content = io.BufferedReader(file)
        s3.upload_fileobj(content, target.bucket, target.key, ExtraArgs=_encryption(kms_key))
        return file.status


def file_path(location: Location, name: str, *, strict: bool = False) -> Path:
    """The path in a folder for the object ``location``, from its name there. Raises `DownloadError`.

    Dots are dropped, so that no name leads out of the folder; in ``strict`` mode they are refused.
    """
    parts = name.split("/")
    inner_parts = [part for part in parts if part not in ("", ".", "..")]
    bad = any("\0" in part or len(part.encode(errors="surrogatepass")) > LONGEST_NAME for part in inner_parts)
    if bad or not inner_parts or (strict and (inner_parts != parts or not all(part.strip() for part in parts))):
        raise DownloadError(
            f"The key {location.key!r} in bucket {location.bucket} has no file name: a part of it is empty, a dot, two "
            f"dots, has a null byte or is longer than {LONGEST_NAME} bytes."
        )
    return Path(*inner_parts)


def _encryption(kms_key: str | None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


def _keys(s3: Any, location: Location) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.key)
    try:
        for page in pages:
            yield from (item["Key"] for item in page.get("Contents", ()))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise DownloadError(f"Failed to list {location}. {error}") from error


def _relative(prefix: str, key: str) -> str:
    folder_prefix = prefix.endswith("/") or key.startswith(f"{prefix}/")
    base = prefix.rstrip("/") if folder_prefix else str(PurePosixPath(prefix).parent).removeprefix(".")
    return (key[len(base) :] if base else key).removeprefix("/")


def _download(s3: Any, bucket: str, key: str, path: Path, volume: Volume) -> None:
    try:
        response = s3.get_object(Bucket=bucket, Key=key)
        volume.take(response["ContentLength"])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file, response["Body"] as body:
            shutil.copyfileobj(body, file, 1024 * 1024)
    except ClientError as error:
        raise DownloadError(f"Failed to download s3://{bucket}/{key}: {error.response['Error']['Message']}") from error
    except OSError as error:
        failure = f"Failed to download s3://{bucket}/{key}: {words_of(error)}"
        raise DownloadError(TOO_LARGE if error.errno == errno.ENOSPC else failure) from error
