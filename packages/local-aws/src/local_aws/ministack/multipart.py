"""Multipart uploads on disk: each part a file, and the parts joined from file to file when the upload is completed.

ministack joins them in memory, and takes parts in any order and of any size. AWS's words are those of users' reports.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement

from local_aws.api.errors import Response
from local_aws.files.stored_bodies import StoredBody
from local_aws.front.bucket_requests import MALFORMED
from local_aws.ministack.s3_objects import ObjectStore

INVALID_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
    "entity tag may not match the part's entity tag."
)
INVALID_ORDER = "The list of parts was not in ascending order. Parts must be ordered by part number."
TOO_SMALL = "Your proposed upload is smaller than the minimum allowed size"
SMALLEST = 5 * 1024 * 1024
"""Bytes of every part but the last."""


def extend_multipart(s3: Any, store: ObjectStore) -> None:
    """Change S3's multipart operations. Once per process."""
    s3._upload_part = _storing(s3, store, s3._upload_part, query_at=3)
    s3._upload_part_copy = _storing(s3, store, s3._upload_part_copy, query_at=2)
    inner = s3._complete_multipart_upload

    def complete(
        bucket: str, key: str, body: bytes, query: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Any:
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
        if upload is None or (upload["bucket"], upload["key"]) != (bucket, key) or s3._ensure_bucket(bucket) is None:
            return inner(bucket, key, body, query, headers)  # a repeated completion, or an error
        return _Completion(s3, store, bucket, key, upload, headers or {}).run(body, s3._qp(query, "uploadId"))

    s3._complete_multipart_upload = complete


def _storing(s3: Any, store: ObjectStore, inner: Callable[..., Response], query_at: int) -> Callable[..., Response]:
    def upload_part(*arguments: Any) -> Response:
        response = inner(*arguments)
        query = arguments[query_at]
        if response[0] == 200:
            part = s3._multipart_uploads[s3._qp(query, "uploadId")]["parts"][int(s3._qp(query, "partNumber"))]
            part["body"] = store.stored(part["body"])
        return response

    return upload_part


class RefusedError(Exception):
    """The completion is refused; `response` is S3's."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@dataclass
class _Completion:
    """CompleteMultipartUpload of one upload."""

    s3: Any
    store: ObjectStore
    bucket: str
    key: str
    upload: dict[str, Any]
    headers: dict[str, str]

    def run(self, body: bytes, upload_id: str) -> Response:
        s3, objects = self.s3, self.s3._buckets[self.bucket]["objects"]
        refusal = s3._check_sse_c_part(self.headers, self.upload)
        refusal = refusal or s3._check_put_preconditions(self.headers, objects.get(self.key))
        if refusal:
            return refusal  # type: ignore[no-any-return]
        try:
            parts = self._parts(body)
            self._check_size(parts)
            checksum = self._checksum(parts)
        except RefusedError as error:
            return error.response
        record = self._record(parts, checksum)
        before, objects[self.key] = objects.get(self.key), record
        del s3._multipart_uploads[upload_id]
        response = self._finish(before, record)
        s3._completed_multipart_uploads[upload_id] = {"key": self.key, "response": response}
        return response

    def _parts(self, body: bytes) -> list[tuple[int, dict[str, Any]]]:
        """The stored parts that the request names, in order."""
        try:
            listed = [(int(members.get("PartNumber") or 0), members) for members in self._listed(body)]
        except (ParseError, ValueError):
            raise self._refused("MalformedXML", MALFORMED) from None
        numbers = [number for number, _ in listed]
        if not listed or 0 in numbers:
            raise self._refused("MalformedXML", MALFORMED)
        if any(number <= before for before, number in pairwise(numbers)):
            raise self._refused("InvalidPartOrder", INVALID_ORDER)
        parts = [(number, self._part(number, members)) for number, members in listed]
        if any(part["size"] < SMALLEST for _, part in parts[:-1]):
            raise self._refused("EntityTooSmall", TOO_SMALL)
        return parts

    def _listed(self, body: bytes) -> list[dict[str, str | None]]:
        """The members of each part in the request."""
        root = self.s3.fromstring(body) if body else []
        parts = [element for element in root if _name(element) == "Part"]
        return [{_name(child): child.text for child in element} for element in parts]

    def _part(self, number: int, members: dict[str, str | None]) -> dict[str, Any]:
        part: dict[str, Any] | None = self.upload["parts"].get(number)
        if part is None:
            raise self._refused("InvalidPart", INVALID_PART)
        checksums = part.get("checksums") or {}
        expected = {name[8:].upper(): value for name, value in members.items() if name.startswith("Checksum") and value}
        etag = members.get("ETag")
        other_etag = etag and etag.strip('"') != part["etag"].strip('"')
        if other_etag or any(checksums.get(name) != value for name, value in expected.items()):
            raise self._refused("InvalidPart", INVALID_PART)
        return part

    def _check_size(self, parts: list[tuple[int, dict[str, Any]]]) -> None:
        declared, size = self.headers.get("x-amz-mp-object-size"), sum(part["size"] for _, part in parts)
        if declared is None:
            return
        if not re.fullmatch(r"-?[0-9]+", declared):
            message = f"Value for x-amz-mp-object-size header is invalid: '{declared}'"
            raise self._refused("InvalidRequest", message)
        if int(declared) != size:
            message = (
                f"The provided 'x-amz-mp-object-size' header value {declared} does not match what was computed: {size}"
            )
            raise self._refused("InvalidRequest", message)

    def _checksum(self, parts: list[tuple[int, dict[str, Any]]]) -> str | None:
        """The composite checksum of the upload's algorithm, if it has one."""
        name = self.upload.get("checksum_algorithm")
        digests = [(part.get("checksums") or {}).get(name) for _, part in parts] if name else []
        composite: str | None = self.s3._composite_checksum(name, digests)
        requested = self.headers.get(f"x-amz-checksum-{name.lower()}") if name else None
        if requested and requested != composite:
            raise self._refused("BadDigest", f"The {name} you specified did not match the calculated checksum.")
        return composite

    def _record(self, parts: list[tuple[int, dict[str, Any]]], checksum: str | None) -> dict[str, Any]:
        digests = b"".join(bytes.fromhex(part["etag"].strip('"')) for _, part in parts)
        body = self.store.store(_pieces([part["body"] for _, part in parts]))
        return {
            "body": body,
            "content_type": self.upload["content_type"],
            "content_encoding": self.upload.get("content_encoding"),
            "etag": f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"',
            "last_modified": self.s3.now_iso(),
            "size": len(body),
            "metadata": self.upload["metadata"],
            "preserved_headers": self.upload.get("preserved_headers", {}),
            "storage_class": self.upload.get("storage_class") or "STANDARD",
            "parts": [{"PartNumber": number, "Size": part["size"]} for number, part in parts],
            "checksums": {self.upload["checksum_algorithm"]: checksum} if checksum else {},
            "checksum_type": "COMPOSITE" if checksum else None,
        }

    def _finish(self, before: dict[str, Any] | None, record: dict[str, Any]) -> Response:
        """Replicate, record the version and tell it, as after any write."""
        s3 = self.s3
        headers = {"Content-Type": "application/xml", **s3._stored_sse_headers(record)}
        s3._maybe_replicate(self.bucket, self.key, record, record["body"])
        version = s3._record_object_version(self.bucket, self.key, before, record, record["body"])
        if version:
            headers["x-amz-version-id"] = version
        event = "s3:ObjectCreated:CompleteMultipartUpload"
        details = {"size": record["size"], "etag": record["etag"], "version_id": version}
        s3._fire_s3_event_async(self.bucket, self.key, event, **details)
        return 200, headers, self._result(record)

    def _result(self, record: dict[str, Any]) -> bytes:
        root = Element("CompleteMultipartUploadResult", xmlns=self.s3.S3_NS)
        members = {
            "Location": f"http://{self.headers.get('host', 'localhost')}/{self.bucket}/{self.key}",
            "Bucket": self.bucket,
            "Key": self.key,
            "ETag": record["etag"],
            **{f"Checksum{name}": value for name, value in record["checksums"].items()},
        }
        if record["checksum_type"]:
            members["ChecksumType"] = record["checksum_type"]
        for name, value in members.items():
            SubElement(root, name).text = value
        return self.s3._xml_body(root)  # type: ignore[no-any-return]

    def _refused(self, code: str, message: str) -> RefusedError:
        return RefusedError(self.s3._error(code, message, 400, f"/{self.bucket}/{self.key}"))


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _pieces(bodies: list[Any]) -> Iterator[bytes]:
    for body in bodies:
        yield from body.pieces() if isinstance(body, StoredBody) else [body]
