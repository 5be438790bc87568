"""S3's system tags, those that begin with `aws:`: a user can set bucket and object tags only around them.

Confirmed by users' reports: a request that leaves a bucket's system tags out is refused, one that repeats them is not.
Unconfirmed: that DeleteBucketTagging is refused too, and the words for a system tag of an object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import s3

from local_aws.api.reserved_tags import of_stacks

Operation = Callable[..., Any]
ADDED, REMOVED = "System tags cannot be added/updated by requester", "System Tags cannot be removed by requester"


def keep_system_tags() -> None:
    """Change S3's operations. Once per process."""
    s3._put_bucket_tagging = _putting(s3._put_bucket_tagging)
    s3._delete_bucket_tagging = _deleting(s3._delete_bucket_tagging)
    s3._put_object_tagging = _putting_an_objects(s3._put_object_tagging)


def _putting(inner: Operation) -> Operation:
    def put_bucket_tagging(bucket: str, body: bytes) -> Any:
        requested, existing = _requested(body), _system(s3._bucket_tags.get(bucket) or {})
        if not of_stacks.get() and requested is not None:
            if requested.items() - existing.items():
                return _refused(ADDED, bucket)
            if existing.keys() - requested.keys():
                return _refused(REMOVED, bucket)
        return inner(bucket, body)

    return put_bucket_tagging


def _deleting(inner: Operation) -> Operation:
    def delete_bucket_tagging(bucket: str) -> Any:
        if not of_stacks.get() and _system(s3._bucket_tags.get(bucket) or {}):
            return _refused(REMOVED, bucket)
        return inner(bucket)

    return delete_bucket_tagging


def _putting_an_objects(inner: Operation) -> Operation:
    def put_object_tagging(bucket: str, key: str, body: bytes, *rest: Any) -> Any:
        return _refused(ADDED, f"{bucket}/{key}") if _requested(body) else inner(bucket, key, body, *rest)

    return put_object_tagging


def _requested(body: bytes) -> dict[str, str] | None:
    """The system tags in a request; None if it can't be read, which the operation reports."""
    try:
        return _system(s3._parse_tags_xml(body))
    except Exception:
        return None


def _system(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key.lower().startswith("aws:")}


def _refused(message: str, resource: str) -> Any:
    return s3._error("InvalidTag", message, 400, f"/{resource}")
