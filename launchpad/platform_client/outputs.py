"""Files that a training job wrote next to its model: members of its `output.tar.gz`."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection

MISSING = ("NoSuchKey", "404")
PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}
"""The types of pictures, by the ends of their names."""
LARGEST_PICTURE = 400_000
"""Bytes; a larger one is not shown on a page."""
MOST_PICTURES = 8


@dataclass(frozen=True)
class Picture:
    """A picture that a job wrote."""

    name: str
    kind: str
    content: bytes


def read_output(connection: Connection, job: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """The texts of the files `names`, as far as the job wrote them; `job` is DescribeTrainingJob's response.

    Raises:
        LaunchpadError: one of them is not UTF-8.
    """
    folder = f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}"
    archive = read_object(connection, f"{folder}/output/output.tar.gz")
    files = _members(archive, names) if archive is not None else {}
    return {name: _text(content, name, job["TrainingJobName"]) for name, content in files.items()}


def read_object(connection: Connection, uri: str) -> Any | None:
    """The object's body, a stream; None if the object doesn't exist."""
    address = urlsplit(uri)
    try:
        response = connection.client("s3").get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    return response["Body"]


def newest_archive(connection: Connection, bucket: str, prefix: str) -> str | None:
    """The S3 URI of the newest model.tar.gz below `prefix`; None without one."""
    pages = connection.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    archives = [item for page in pages for item in page.get("Contents", []) if item["Key"].endswith("/model.tar.gz")]
    newest = max(archives, key=lambda item: item["LastModified"], default=None)
    return f"s3://{bucket}/{newest['Key']}" if newest else None


def read_pictures(connection: Connection, job: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures in a job's output that are small enough for a page, by name."""
    folder = f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}"
    body = read_object(connection, f"{folder}/output/output.tar.gz")
    return tuple(sorted(_pictures(body), key=lambda picture: picture.name)) if body is not None else ()


def _pictures(body: Any) -> list[Picture]:
    pictures = []
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for member in archive:
            kind = PICTURES.get(PurePosixPath(member.name).suffix.lower())
            if kind and member.isfile() and member.size <= LARGEST_PICTURE and (file := archive.extractfile(member)):
                pictures.append(Picture(member.name.removeprefix("./"), kind, file.read()))
            if len(pictures) == MOST_PICTURES:
                break
    return pictures


def _members(body: Any, names: Collection[str]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in names and (file := archive.extractfile(member)):
                files[name] = file.read()
            if len(files) == len(names):
                break
    return files


def _text(content: bytes, name: str, job: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LaunchpadError(
            f"{name} of training job {job} is not UTF-8: {error.reason} at byte {error.start}"
        ) from None
