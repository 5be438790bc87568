"""The objects of an input, in order, with their relative names: shared by processing and batch transform.

Note: a prefix is not a folder. `s3://b/a/train` also matches `a/train-old`, and names begin after its last "/".
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.files.reasons import words_of
from local_aws.files.storage import DownloadError, Location, file_path

PARALLEL_DOWNLOADS = 8
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InputObject:
    """One object, and its path relative to the input."""

    location: Location
    name: str

    @property
    def path(self) -> Path:
        """Where the object goes in a folder, never outside it. Raises `DownloadError` for an impossible file name."""
        return file_path(self.location, self.name)

    def download(self, s3: Any, folder: Path) -> Path:
        """Download the object to its path in ``folder``. Raises `DownloadError`."""
        path = folder / self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not download_file, whose threads for each object take longer than a small object does.
            body = s3.get_object(Bucket=self.location.bucket, Key=self.location.key)["Body"]
            with path.open("wb") as file, body:
                shutil.copyfileobj(body, file, PIECE)
        except (ClientError, BotoCoreError, OSError) as error:
            raise DownloadError(f"Failed to download {self.location}: {words_of(error)}") from error
        return path


def input_objects(s3: Any, data_type: str, uri: str) -> list[InputObject]:
    """The objects of ``uri``, an `S3Prefix` or `ManifestFile`. Raises `DownloadError` if it is empty or unreadable."""
    location = Location.parse(uri)
    try:
        objects = list(_LISTINGS[data_type](s3, location))
    except (ClientError, BotoCoreError) as error:
        raise DownloadError(f"ListObjectsV2 failed for {location}: {error}") from error
    if not objects:
        raise DownloadError(f"No S3 objects found under S3 URL {location}.")
    return objects


def download_all(s3: Any, objects: list[InputObject], folder: Path) -> None:
    """Download the objects into ``folder``, several at a time. Raises `DownloadError`."""
    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        for future in [pool.submit(item.download, s3, folder) for item in objects]:
            future.result()


def _prefix(s3: Any, location: Location) -> Iterator[InputObject]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.key)
    for page in pages:
        for item in page.get("Contents", ()):
            if not item["Key"].endswith("/"):
                yield InputObject(Location(location.bucket, item["Key"]), _name(location.key, item["Key"]))


def _manifest(s3: Any, location: Location) -> Iterator[InputObject]:
    body = s3.get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    try:
        prefix, *names = json.loads(body)
        base = Location.parse(prefix["prefix"])
    except (ValueError, TypeError, KeyError) as error:
        raise DownloadError(
            f'Manifest {location} must be a JSON list such as [{{"prefix": "s3://bucket/data/"}}, "a.csv"]: {error}'
        ) from error
    for name in names:
        yield InputObject(Location(base.bucket, f"{base.key}{name}"), name)


_LISTINGS = {"S3Prefix": _prefix, "ManifestFile": _manifest}


def _name(prefix: str, key: str) -> str:
    """The key's part after the prefix, if that ends where a name does; otherwise the part after its last "/"."""
    if prefix.endswith("/") or key.startswith(f"{prefix}/"):
        return key[len(prefix) :].lstrip("/")
    return key[prefix.rfind("/") + 1 :]
