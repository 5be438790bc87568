"""Encryption with customer-provided keys (SSE-C), which S3 blocks in new buckets since April 2026.

PutBucketEncryption with the BlockedEncryptionTypes NONE allows it, and GetBucketEncryption says what is blocked. The
source is "Blocking or unblocking SSE-C for a general purpose bucket" (S3 user guide); users' reports say that a write
is refused before its key is looked at. ministack keeps such objects as they are, and reads them with the right key
only. Not confirmed are the words of the refusal, and that another PutBucketEncryption without the member blocks again.

Note: AWS takes such keys by HTTPS only; here they come by HTTP, as everything does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import s3

PREFIX = "x-amz-server-side-encryption-customer-"
TYPES, ALLOWED = "BlockedEncryptionTypes", "<EncryptionType>NONE<"
BLOCKED = f"<{TYPES}><EncryptionType>SSE-C</EncryptionType></{TYPES}>"


def block_customer_keys() -> None:
    """Change S3. Once per process."""
    s3._resolve_sse_write_headers = _refusing(s3._resolve_sse_write_headers)
    s3._get_bucket_encryption = _reporting(s3._get_bucket_encryption)


def _refusing(inner: Callable[[dict[str, str], str], Any]) -> Callable[[dict[str, str], str], Any]:
    def resolve(headers: dict[str, str], bucket: str) -> Any:
        allowed = ALLOWED in (s3._bucket_encryption.get(bucket) or "")
        if not allowed and any(name.startswith(PREFIX) for name in headers):
            return None, s3._error("AccessDenied", "Access Denied", 403)
        return inner(headers, bucket)

    return resolve


def _reporting(inner: Callable[[str], Any]) -> Callable[[str], Any]:
    def get_bucket_encryption(name: str) -> Any:
        status, headers, body = inner(name)
        if status == 200 and TYPES not in body:
            body = body.replace("</Rule>", f"{BLOCKED}</Rule>", 1)
        return status, headers, body

    return get_bucket_encryption
