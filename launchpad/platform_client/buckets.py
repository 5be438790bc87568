"""Empties an environment's buckets, so that CloudFormation can delete them.

Note: emptying a bucket makes requests to it, which S3 writes to its access log for hours afterwards. So access logging
is stopped first, and the bucket that the logs go to is emptied last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from launchpad.messages.errors import LaunchpadError
from launchpad.platform_client.connection import Connection
from launchpad.platform_client.ownership import physical_ids

_BATCH = 1000
"""The most objects of one DeleteObjects call."""


def buckets(connection: Connection, stacks: Iterable[Mapping[str, Any]]) -> list[str]:
    """The buckets of the stacks, those that receive the others' access logs last."""
    names = physical_ids(connection, stacks, "AWS::S3::Bucket")
    targets = {target for name in names if (target := _log_target(connection, name))}
    return sorted(names, key=lambda name: (name in targets, name))


def stop_access_logs(connection: Connection, names: Iterable[str]) -> Iterator[str]:
    """Stop the access logs of these buckets (PutBucketLogging without a target); yield those that had one."""
    s3 = connection.client("s3")
    for name in names:
        if _log_target(connection, name):
            s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={})
            yield name


def empty_bucket(connection: Connection, bucket: str) -> int:
    """Delete every version of every object in a bucket; return how many. A bucket that doesn't exist is empty."""
    s3 = connection.client("s3")
    deleted = 0
    while True:  # deleting shifts the pages, so the first one is requested again each time
        try:
            page = s3.list_object_versions(Bucket=bucket, MaxKeys=_BATCH)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return deleted
            raise
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not versions:
            return deleted
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions]
        response = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        _refuse_errors(bucket, response.get("Errors", []))
        deleted += len(objects)


def _log_target(connection: Connection, bucket: str) -> str | None:
    try:
        logging = connection.client("s3").get_bucket_logging(Bucket=bucket).get("LoggingEnabled")
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return None
        raise
    return str(logging["TargetBucket"]) if logging else None


def _refuse_errors(bucket: str, errors: Sequence[Any]) -> None:
    if errors:
        first = errors[0]
        raise LaunchpadError(f"s3://{bucket}/{first['Key']} can't be deleted: {first.get('Message', first['Code'])}")
