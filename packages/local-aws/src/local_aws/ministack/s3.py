"""S3: writes with the account's managed key, and large objects in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import s3

from local_aws.ministack.large_objects import spare_the_loop
from local_aws.ministack.scope import current_scope


def extend_s3() -> None:
    """Change S3. Once per process."""
    s3._resolve_sse_write_headers = _with_managed_key(s3._resolve_sse_write_headers)
    s3._reject_response_overrides_if_unsigned = lambda *_: None  # every request is signed
    spare_the_loop(s3)


def _with_managed_key(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Use the account's managed key for a write with aws:kms and no key, as on AWS; ministack refuses it."""
    algorithm, key = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"

    def resolve(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(algorithm) == "aws:kms" and not headers.get(key):
            headers = {**headers, key: current_scope().arn("kms", "alias/aws/s3")}
        return inner(headers, bucket)

    return resolve
