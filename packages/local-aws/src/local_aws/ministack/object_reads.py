"""S3's reads of a part or a range, of any version, by GetObject and HeadObject, and of the source of a copy.

ministack serves ranges and parts of current objects only, by GetObject. boto3 downloads a large version range by range.
The API reference has it that a range which can't be satisfied is a 416, and that there is only one. Users' reports
confirm the words for a part, and for a source in Glacier. Not confirmed: a range that can't be read is passed over, as
HTTP says (RFC 9110).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from ministack.services import s3

from local_aws.api.errors import Response

RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)", re.ASCII)
CHECKSUM = "x-amz-checksum-"
Read = Callable[[str, str, dict[str, str], Mapping[str, Any]], Any]


def extend_reads() -> None:
    """Change S3. Once per process."""
    s3._get_object, s3._head_object = _partly(s3._get_object), _partly(s3._head_object)
    s3._copy_object, s3._upload_part_copy = _of_readable(s3._copy_object), _of_readable(s3._upload_part_copy)


def copy_source(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """The bucket, the key and the version that a copy reads; each is empty without it."""
    path, _, parameters = headers.get("x-amz-copy-source", "").partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return bucket, key, parse_qs(parameters).get("versionId", [""])[0]


def _partly(inner: Read) -> Read:
    def read(bucket: str, key: str, headers: dict[str, str], query: Mapping[str, Any]) -> Any:
        if refusal := _missing_part(bucket, key, query):
            return refusal
        is_range = _is_range(headers.get("range", ""))
        headers = {name: text for name, text in headers.items() if name != "range" or is_range}
        status, answered, body = inner(bucket, key, headers, query)
        if status == 200:
            s3._apply_response_overrides(answered, query)
        if status != 200 or not is_range:
            return status, answered, body
        size = int(answered["Content-Length"])
        served = s3._parse_range(headers["range"], size)
        if served is None:
            unsatisfied = {"Content-Type": "application/xml", "Content-Range": f"bytes */{size}"}
            return 416, unsatisfied, s3._xml_body(s3._range_error_xml(bucket, key))
        first, last = served
        without_checksums = {name: text for name, text in answered.items() if not name.startswith(CHECKSUM)}
        part = {"Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{size}"}
        return 206, {**without_checksums, **part}, body[first : last + 1]

    return read


def _is_range(text: str) -> bool:
    """Whether S3 reads a range: one, of bytes, whose end is not before its beginning."""
    match = RANGE.fullmatch(text)
    if not match or match.groups() == ("", ""):
        return False
    return not (match["first"] and match["last"]) or int(match["first"]) <= int(match["last"])


def _missing_part(bucket: str, key: str, query: Mapping[str, Any]) -> Response | None:
    """S3's answer for a part that an object does not have; one that was not uploaded in parts has one."""
    number, version = int(s3._qp(dict(query), "partNumber", "0")), s3._qp(dict(query), "versionId", "")
    record = None if version else (s3._ensure_bucket(bucket) or {}).get("objects", {}).get(key)
    parts = [part["PartNumber"] for part in (record or {}).get("parts") or ()] or [1]
    if not record or number <= max(parts):
        return None
    extra = {"PartNumberRequested": str(number), "ActualPartCount": str(len(parts))}
    words = "The requested partnumber is not satisfiable"
    refusal: Response = s3._error("InvalidPartNumber", words, 416, f"/{bucket}/{key}", extra=extra)
    return refusal


def _of_readable(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a copy of an archived object, whose headers come last; not of a version that another has replaced."""

    def copy(*request: Any) -> Any:
        bucket, key, version = copy_source(request[-1])
        record = (s3._ensure_bucket(bucket) or {}).get("objects", {}).get(key) or {}
        storage = record.get("storage_class")
        is_archived = storage in s3._ARCHIVE_STORAGE_CLASSES and version in ("", record.get("version_id") or "null")
        if is_archived and s3._sync_restore(bucket, key, record) != "restored":
            words = "Operation is not valid for the source object's storage class"
            return s3._error("InvalidObjectState", words, 403, f"/{bucket}/{key}", extra={"StorageClass": storage})
        return inner(*request)

    return copy
