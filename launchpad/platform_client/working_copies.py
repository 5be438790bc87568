"""Uploads a working copy to the data bucket, but no object that exists: each is named by its content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from launchpad.catalogue.working_copies import FOLDER, RENEWED_DAYS, WorkingCopy
from launchpad.messages.errors import LaunchpadError


def upload(s3: Any, bucket: str, copy: WorkingCopy) -> list[str]:
    """Upload the objects that are missing or will expire soon; return their keys.

    Raises:
        LaunchpadError: the caller may not write to the folder.
    """
    if _exists(s3, bucket, copy.key):
        return []
    try:
        missing = {key: data for key, data in copy.objects().items() if not _exists(s3, bucket, key)}
        for key, data in missing.items():
            s3.put_object(Bucket=bucket, Key=key, Body=data)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        raise LaunchpadError(
            f"your credentials may not write to s3://{bucket}/{FOLDER}/: ask for s3:PutObject and s3:GetObject there"
            " and s3:ListBucket on the bucket, or use what is deployed (--deployed)"
        ) from None
    return list(missing)


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        written: datetime = s3.head_object(Bucket=bucket, Key=key)["LastModified"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound", "403"):  # put_object says what is denied
            return False
        raise
    return datetime.now(UTC) - written < timedelta(days=RENEWED_DAYS)
