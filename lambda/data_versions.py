"""The version of a job's data: a hash of each channel's object keys, sizes and ETags, from a listing of its prefix.

Keys count relative to the channel's prefix. Note: with a KMS key an ETag is no checksum, so a file that is uploaded
again has a new version even if its content is the same; `launchpad data` uploads only what changed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from platform_access import s3

from launchpad.requests import Request
from launchpad.requests.channels import CODE_CHANNEL, MODEL_CHANNEL

MOST_OBJECTS = 100_000
"""How many objects of a channel are listed: a hundred requests."""
LONGEST_SECONDS = 60
"""How long the listing of a job's channels may take together."""
NOT_DATA = (CODE_CHANNEL, MODEL_CHANNEL)
"""Inputs that a record names elsewhere: the scripts, and an earlier model."""


def versions(request: Request) -> dict[str, dict[str, Any]]:
    """The version of each channel that the request of a job names, of a processing job's inputs, or of `input`.

    A channel that the function may not list has the version None, and a note that says why.
    """
    deadline = time.monotonic() + LONGEST_SECONDS
    return {
        name: {"uri": source["S3Uri"], **_version(source, deadline)}
        for name, source in _sources(request)
        if name not in NOT_DATA
    }


def combined(channels: Mapping[str, Mapping[str, Any]]) -> str | None:
    """One version of all channels; None if one of them has none, or only that of its first objects."""
    if not channels or any(data["version"] is None or data["truncated"] for data in channels.values()):
        return None
    return _digest(f"{name}\0{channels[name]['version']}" for name in sorted(channels))


def _sources(request: Request) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each input's name and `S3DataSource`."""
    job = request.get("TrainingJobDefinition", request)
    for channel in job.get("InputDataConfig", ()):
        yield channel["ChannelName"], channel["DataSource"]["S3DataSource"]
    for item in request.get("ProcessingInputs", ()):
        yield item["InputName"], item["S3Input"]
    if "TransformInput" in request:
        yield "input", request["TransformInput"]["DataSource"]["S3DataSource"]


def _version(source: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    try:
        objects, truncated = _objects(source, deadline)
    except (BotoCoreError, ClientError) as error:
        return {"version": None, "objects": None, "bytes": None, "truncated": False, "note": f"not listed: {error}"}
    lines = sorted(f"{key}\0{size}\0{etag}" for key, size, etag in objects)
    total = sum(size for _, size, _ in objects)
    return {"version": _digest(lines), "objects": len(objects), "bytes": total, "truncated": truncated}


def _objects(source: Mapping[str, Any], deadline: float) -> tuple[list[tuple[str, int, str]], bool]:
    """The objects' keys below the prefix, sizes and ETags, and whether there are more."""
    address = urlsplit(source["S3Uri"])
    prefix = address.path.lstrip("/")
    manifest = source["S3DataType"] == "AugmentedManifestFile"  # then the URI is one object
    objects: list[tuple[str, int, str]] = []
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=address.netloc, Prefix=prefix):
        items = [item for item in page.get("Contents", ()) if not manifest or item["Key"] == prefix]
        objects += [(item["Key"].removeprefix(prefix), item["Size"], item["ETag"]) for item in items]
        if page["IsTruncated"] and (len(objects) >= MOST_OBJECTS or time.monotonic() > deadline):
            return objects, not manifest
    return objects, False


def _digest(lines: Any) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
