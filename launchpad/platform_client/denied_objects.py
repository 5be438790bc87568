"""What S3 refused, where its answer has no words: a denied HeadObject is a 403 without a body.

A handler of the session's clients adds the missing permission, the object and the caller to the error's response, from
which the command line says whose command it is (`launchpad/cli/denials.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DENIED = "Denied"
"""The key of an error's response."""
_CODES = ("403", "AccessDenied", "Forbidden")
_ACTIONS = {
    **dict.fromkeys(("HeadObject", "GetObject"), "s3:GetObject"),
    **dict.fromkeys(("HeadBucket", "ListObjects", "ListObjectsV2"), "s3:ListBucket"),
    **dict.fromkeys(("PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart"), "s3:PutObject"),
    **dict.fromkeys(("CompleteMultipartUpload", "UploadPartCopy"), "s3:PutObject"),
    **dict.fromkeys(("DeleteObject", "DeleteObjects"), "s3:DeleteObject"),
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListObjectVersions": "s3:ListBucketVersions",
}
"""The permission of each operation ("Required permissions for Amazon S3 API operations", Amazon S3 User Guide)."""
_REQUEST = "launchpad_request"


def name_denied_objects(events: Any, caller: Callable[[], str]) -> None:
    """Have a session's S3 clients say what was denied; `caller` gives the ARN of the credentials."""

    def remember(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context[_REQUEST] = (params.get("Bucket", ""), params.get("Key", ""))

    def explain(parsed: dict[str, Any], model: Any, context: Mapping[str, Any], **_: object) -> None:
        error = parsed.get("Error", {})
        action = _ACTIONS.get(model.name)
        if action and error.get("Code") in _CODES and " on resource: " not in error.get("Message", ""):
            bucket, key = context.get(_REQUEST, ("", ""))
            is_named = f": {action}" in error.get("Message", "")
            words = _words(action, bucket, key, is_named=is_named)
            parsed[DENIED] = {"actions": [action], "words": words, "caller": caller()}

    events.register("before-parameter-build.s3", remember)
    events.register("after-call.s3", explain)


def _words(action: str, bucket: str, key: str, *, is_named: bool) -> str:
    """Note: without s3:ListBucket, S3 answers 403 for an object that does not exist too, and names no permission."""
    where = f"s3://{bucket}/{key}" if key else f"s3://{bucket}"
    absent = (
        " (or s3:ListBucket on the bucket, if it does not exist)" if action == "s3:GetObject" and not is_named else ""
    )
    return f"{action} on {where}{absent}"
