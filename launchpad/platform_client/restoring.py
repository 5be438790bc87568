"""Puts objects of a versioned bucket back as they were at a moment: what was deleted or overwritten since, is restored.

S3 keeps what a deletion or an overwriting replaced, as a noncurrent version. Restoring copies that version over the
object, so nothing is lost: what is there now becomes a noncurrent version itself. Objects that are new since then stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from launchpad.platform_client.connection import Connection

RESTORED = "restored-version"
"""The metadata of a restored object: the version that it is a copy of."""
KEPT = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType")
"""What a copy keeps in addition to the metadata."""


@dataclass(frozen=True)
class Restoration:
    """One object that is not as it was."""

    bucket: str
    key: str
    version: str
    """The version that it had."""
    written: datetime
    """When that version was written."""
    size: int
    """The size in bytes."""
    happened: str
    """What happened since: `deleted` or `overwritten`."""


def restorations(connection: Connection, bucket: str, moment: datetime, prefix: str = "") -> Iterator[Restoration]:
    """Yield what differs from `moment`, in the order of keys. A moment before the oldest version has no object."""
    for key, versions in groupby(_versions(connection, bucket, prefix), key=itemgetter("Key")):
        newest_first = sorted(versions, key=itemgetter("LastModified"), reverse=True)
        current = next(each for each in newest_first if each["IsLatest"])
        then = next((each for each in newest_first if each["LastModified"] <= moment), None)
        if then is None or "Size" not in then or then["VersionId"] == current["VersionId"]:
            continue  # it didn't exist, was deleted, or is unchanged
        if current.get("Size") == then["Size"] and _is_copy(connection, bucket, key, then["VersionId"]):
            continue  # it was restored already
        happened = "overwritten" if "Size" in current else "deleted"
        yield Restoration(bucket, key, then["VersionId"], then["LastModified"], then["Size"], happened)


def oldest_version(connection: Connection, bucket: str, prefix: str = "") -> datetime | None:
    """When the oldest version that the bucket still has was written; None without any."""
    return min((each["LastModified"] for each in _versions(connection, bucket, prefix)), default=None)


def restore_object(connection: Connection, restoration: Restoration) -> None:
    """Copy the version over the object, with the bucket's encryption; large ones in parts."""
    s3 = connection.client("s3")
    source = {"Bucket": restoration.bucket, "Key": restoration.key, "VersionId": restoration.version}
    then = s3.head_object(**source)
    headers = {name: then[name] for name in KEPT if name in then}
    metadata = {**then["Metadata"], RESTORED: restoration.version}
    settings = {**headers, "MetadataDirective": "REPLACE", "Metadata": metadata}
    s3.copy(source, restoration.bucket, restoration.key, ExtraArgs=settings)


def _is_copy(connection: Connection, bucket: str, key: str, version: str) -> bool:
    """Whether the object is the restored copy of a version; with a KMS key, the ETag of a copy says nothing."""
    metadata: Mapping[str, str] = connection.client("s3").head_object(Bucket=bucket, Key=key)["Metadata"]
    return metadata.get(RESTORED) == version


def _versions(connection: Connection, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    """All versions and delete markers, in the order of keys; a marker has no size.

    S3 lists each page's versions and markers apart; both are sorted by key, and a key may go on in the next page.
    """
    pages = connection.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    pending: list[Mapping[str, Any]] = []
    for page in pages:
        pending += [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        pending.sort(key=itemgetter("Key"))
        whole = page.get("NextKeyMarker")  # of this key, more may follow
        yield from (each for each in pending if each["Key"] != whole)
        pending = [each for each in pending if each["Key"] == whole]
    yield from pending
