"""What `launchpad data` uploaded for a workload, so that it can remove what data.py no longer writes, and only that.

A manifest is an object of the data bucket, outside all channels: the SHA-256 of each file by its key. A file is stale
if the manifest has it, data.py did not write it again, and the object is still what was uploaded: what a job wrote
below the same folder is not in a manifest, or has no such checksum. Two uploads at once would remove each other's
files, so each replaces only the manifest that it has read (S3's conditional writes).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.channels import stored_checksum

FOLDER = ".launchpad/data/"
MOST_DELETED = 1000
"""Keys in one DeleteObjects."""
REPLACED = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
"""S3's errors of a conditional write (S3 user guide, "How to prevent object overwrites with conditional writes")."""
Manifest = Mapping[str, str]


def read(s3: Any, bucket: str, workload: str) -> tuple[dict[str, str], str | None]:
    """The workload's manifest and its ETag; empty and None before its first upload."""
    try:
        response = s3.get_object(Bucket=bucket, Key=_key(workload))
    except s3.exceptions.NoSuchKey:
        return {}, None
    return json.loads(response["Body"].read()), response["ETag"]


def write(s3: Any, bucket: str, workload: str, manifest: Manifest, etag: str | None) -> str:
    """Replace the workload's manifest with this ETag, and return the new ETag.

    Raises:
        LaunchpadError: another upload has replaced it.
    """
    condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
    body = json.dumps(manifest, indent=1, sort_keys=True).encode()
    try:
        return str(s3.put_object(Bucket=bucket, Key=_key(workload), Body=body, **condition)["ETag"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in REPLACED:
            raise
        raise LaunchpadError(
            f"another `launchpad data {workload}` has begun meanwhile; run this one again when that one has ended"
        ) from None


def stale_keys(s3: Any, bucket: str, workload: str, manifest: Manifest, current: Collection[str]) -> list[str]:
    """The keys of `manifest` that are not in `current`, but for another workload's, and those that a job replaced."""
    gone = sorted(set(manifest) - set(current))
    shared = _of_others(s3, bucket, workload) if gone else set()
    return [key for key in gone if key not in shared and stored_checksum(s3, bucket, key) == manifest[key]]


def delete(s3: Any, bucket: str, keys: list[str]) -> None:
    """Delete objects (DeleteObjects); the bucket is versioned, so their content stays recoverable for some time.

    Raises:
        LaunchpadError: S3 refused one of them.
    """
    for first in range(0, len(keys), MOST_DELETED):
        objects = [{"Key": key} for key in keys[first : first + MOST_DELETED]]
        response = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        for error in response.get("Errors", []):
            refusal = f"s3://{bucket}/{error['Key']} can't be removed: {error['Message']} ({error['Code']})"
            raise LaunchpadError(f"{refusal}; ask for s3:DeleteObject, or keep what data.py no longer writes: --keep")


def _of_others(s3: Any, bucket: str, workload: str) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=FOLDER)
    keys: Iterable[str] = (item["Key"] for page in pages for item in page.get("Contents", []))
    names = [key.removeprefix(FOLDER).removesuffix(".json") for key in keys]
    return {key for name in names if name != workload for key in read(s3, bucket, name)[0]}


def _key(workload: str) -> str:
    return f"{FOLDER}{workload}.json"
