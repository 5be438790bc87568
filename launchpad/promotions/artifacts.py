"""Reads artifacts in S3 as a stream, for their SHA-256 and their copy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import IO, Any

from botocore.exceptions import ClientError

PIECE = 2**20
LARGEST_PUT = 5 * 2**30
"""The largest object that PutObject takes; S3 has no SHA-256 of a larger one as a whole."""
Progress = Callable[[int, int], object]
"""Called with the bytes read so far, and all of them."""
ABSENT = ("404", "NoSuchKey", "NoSuchBucket", "403", "AccessDenied")
"""S3 answers 403 for an object that does not exist without s3:ListBucket, which the promotion role has of no bucket."""


def read_digest(s3: Any, bucket: str, key: str, progress: Progress, sink: IO[bytes] | None = None) -> str:
    """The SHA-256 of an object's bytes, in hexadecimal digits; the bytes go to `sink` too.

    Raises:
        ClientError: S3 refused to read it.
    """
    response = s3.get_object(Bucket=bucket, Key=key)
    digest, read, total = hashlib.sha256(), 0, int(response["ContentLength"])
    for piece in response["Body"].iter_chunks(PIECE):
        digest.update(piece)
        if sink:
            sink.write(piece)
        read += len(piece)
        progress(read, total)
    return digest.hexdigest()


def stored_digest(s3: Any, bucket: str, key: str, progress: Progress) -> str | None:
    """The SHA-256 of an object, by S3's own checksum if it has one of the whole object; None if it doesn't exist."""
    try:
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
    if head.get("ChecksumType") == "FULL_OBJECT" and head.get("ChecksumSHA256"):
        return base64.b64decode(head["ChecksumSHA256"]).hex()
    return read_digest(s3, bucket, key, progress)


def put(s3: Any, bucket: str, key: str, content: IO[bytes], size: int, sha256: str) -> None:
    """Write an object, encrypted by its bucket's key. S3 refuses bytes with another SHA-256, up to 5 GB."""
    content.seek(0)
    if size <= LARGEST_PUT:
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentLength=size, ChecksumSHA256=checksum)
    else:
        s3.upload_fileobj(content, bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
