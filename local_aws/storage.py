"""S3 in and out of a job: channels, model archives, artefacts. Errors carry the text that SageMaker gives.

Only for threads (see `clients`).
"""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

PARALLEL_DOWNLOADS = 8


class DownloadError(Exception):
    """Data could not be fetched; the message is SageMaker's reason for the failure."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in S3: an object's key, or a prefix of keys."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Location:
        """From ``s3://bucket/key``; the request's model has checked the pattern."""
        bucket, _, key = uri.removeprefix("s3://").removeprefix("https://").partition("/")
        return cls(bucket, key)

    def __truediv__(self, name: str) -> Location:
        return Location(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def nothing_found(location: Location, region: str, role_arn: str) -> str:
    """SageMaker's answer to a request whose data is not there."""
    return (
        f'No S3 objects found under S3 URL "{location}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({region}), that objects exist under that S3 prefix, and that the role "
        f'"{role_arn}" has "s3:ListBucket" permissions on bucket "{location.bucket}".'
    )


def download_prefix(s3: Any, location: Location, folder: Path) -> int:
    """Fetch every object whose key begins with the location's into ``folder``; returns how many.

    Names in the folder are what follows the prefix, or its last "/" when the prefix ends within a name.
    """
    keys = [key for key in _keys(s3, location) if not key.endswith("/")]
    if not keys:
        raise DownloadError(f"No S3 objects found under {location}.")
    return _download(s3, location.bucket, {key: folder / _relative(location.key, key) for key in keys})


def download_manifest(s3: Any, location: Location, folder: Path) -> int:
    """Fetch what a manifest lists: ``[{"prefix": "s3://bucket/data/"}, "a.csv", ...]``; returns how many objects."""
    try:
        prefix, *names = json.loads(_read(s3, location))
        base = Location.parse(prefix["prefix"])
    except (ValueError, TypeError, KeyError) as error:
        raise DownloadError(f"Manifest {location} is not a JSON list that begins with a prefix: {error}") from error
    return _download(s3, base.bucket, {f"{base.key}{name}": folder / _safe(name) for name in names})


def download_archive(s3: Any, location: Location, folder: Path) -> None:
    """Fetch a model.tar.gz and unpack it into ``folder``."""
    with tempfile.TemporaryFile() as archive:
        try:
            s3.download_fileobj(location.bucket, location.key, archive)
            archive.seek(0)
            with tarfile.open(fileobj=archive) as opened:
                opened.extractall(folder, filter="data")
        except (ClientError, BotoCoreError) as error:
            raise DownloadError(f"Could not find model data at {location}.") from error
        except (tarfile.TarError, EOFError, OSError) as error:
            raise DownloadError(f"Failed to extract model data archive {location}: {error}") from error


def upload_archive(s3: Any, folder: Path, location: Location, kms_key: str | None) -> None:
    """Pack a folder's content into one .tar.gz object, as SageMaker does with /opt/ml/model."""
    with tempfile.TemporaryFile() as archive:
        with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as opened:
            for path in sorted(folder.iterdir()):
                opened.add(path, arcname=path.name)
        archive.seek(0)
        s3.upload_fileobj(archive, location.bucket, location.key, ExtraArgs=_encryption(kms_key))


def upload_folder(s3: Any, folder: Path, location: Location, kms_key: str | None) -> None:
    """Upload each file of a folder under its relative name (CompressionType NONE)."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        target = location / path.relative_to(folder).as_posix()
        s3.upload_file(str(path), target.bucket, target.key, ExtraArgs=_encryption(kms_key))


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


def _relative(prefix: str, key: str) -> Path:
    whole = prefix.endswith("/") or key.startswith(f"{prefix}/")
    base = prefix.rstrip("/") if whole else str(PurePosixPath(prefix).parent).removeprefix(".")
    return _safe(key[len(base) :] if base else key)


def _safe(name: str) -> Path:
    """A key as a path below the folder; keys may hold ".." or begin with "/", files may not leave the folder."""
    return Path(*[part for part in name.split("/") if part not in ("", ".", "..")])


def _download(s3: Any, bucket: str, files: dict[str, Path]) -> int:
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        for done in [pool.submit(_download_one, s3, bucket, key, path) for key, path in files.items()]:
            done.result()
    return len(files)


def _download_one(s3: Any, bucket: str, key: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        raise DownloadError(f"Failed to download s3://{bucket}/{key}: {error.response['Error']['Message']}") from error
    with path.open("wb") as file, body:
        shutil.copyfileobj(body, file, 1024 * 1024)


def _read(s3: Any, location: Location) -> bytes:
    try:
        return bytes(s3.get_object(Bucket=location.bucket, Key=location.key)["Body"].read())
    except ClientError as error:
        raise DownloadError(f"Could not read {location}: {error.response['Error']['Message']}") from error
