"""Large uploads: the front writes the body to a file, and S3 takes the file, so that no gigabyte is in memory.

Note: ministack reads a request's body as bytes, and looks into it in six places before S3 has it. So its reader is
replaced for these requests, which are S3's for certain, and what S3 computes of a body reads the file in pieces.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import ministack.app as gateway
from ministack.core import router

from local_aws.api.numbers import is_digits
from local_aws.files.chunked_bodies import MalformedError, without_frames
from local_aws.files.stored_bodies import Bodies, GrowingBody, StoredBody
from local_aws.front.large_bodies import STORED
from local_aws.front.signatures import FORM, SignedRequest

log = logging.getLogger("local_aws")

DECODED = "x-amz-decoded-content-length"
HELD = 8 << 20
"""Bytes that a request may have in memory."""
OBJECT_PARAMETERS = re.compile(r"partNumber|uploadId|x-id|AWSAccessKeyId|Signature|Expires|x-amz-.*", re.IGNORECASE)
"""The query of a request that writes content: any other name is a subresource, such as `tagging`."""


def files_for_uploads(s3: Any, bodies: Bodies) -> Callable[[SignedRequest, int], GrowingBody | None]:
    """Return what begins a file for PutObject and UploadPart, and have ministack take such files."""
    gateway._read_request_body = _reading(gateway._read_request_body, bodies)
    s3._validate_content_md5 = _checking_md5(s3._validate_content_md5)
    s3._compute_s3_checksum = _computing(s3, s3._compute_s3_checksum)

    def begin(request: SignedRequest, size: int) -> GrowingBody | None:
        return bodies.begin() if max(size, _decoded_size(request)) > HELD and _is_upload(s3, request) else None

    return begin


def _is_upload(s3: Any, request: SignedRequest) -> bool:
    headers = request.headers
    return (
        request.method == "PUT"
        and not headers.get("content-type", "").startswith(FORM.decode())
        and all(OBJECT_PARAMETERS.fullmatch(name) for name in request.query)
        and router.detect_service(request.method, request.path, headers, request.query) == "s3"
        and bool(s3._parse_bucket_key(request.path, headers)[1])
    )


def _decoded_size(request: SignedRequest) -> int:
    """The size of what a body in chunks holds: such a request may come without its own length."""
    size = request.headers.get(DECODED, "")
    return int(size) if is_digits(size) and len(size) < 20 else 0


def _reading(inner: Callable[..., Any], bodies: Bodies) -> Callable[..., Any]:
    async def read_request_body(receive: Any, method: str, headers: dict[str, str]) -> Any:
        message = await receive()
        if STORED in message:
            return await asyncio.to_thread(_decoded, message[STORED], headers, bodies)
        waiting = [message]

        async def replay() -> Any:
            return waiting.pop() if waiting else await receive()

        return await inner(replay, method, headers)

    return read_request_body


def _decoded(body: StoredBody, headers: dict[str, str], bodies: Bodies) -> Any:
    """The body without what `aws-chunked` adds. ministack reads the trailer, and makes headers of it.

    Raises ministack's `_IncompleteRequestBody`, which S3 answers as AWS does.
    """
    encoded = "aws-chunked" in headers.get("content-encoding", "")
    if not (encoded or DECODED in headers or headers.get("x-amz-content-sha256", "").startswith("STREAMING-")):
        return body
    try:
        content, trailer = without_frames(body, bodies)
    except MalformedError as error:
        raise gateway._IncompleteRequestBody(str(error)) from error
    except OSError as error:
        log.error("an upload is decoded in memory, because it can't be written to the disk: %s", error)
        return gateway._decode_aws_chunked_body(bytes(body), headers)
    size = headers.get(DECODED)
    headers[DECODED] = "0"  # of the one chunk that ministack is given
    gateway._decode_aws_chunked_body(b"0\r\n" + trailer, headers)
    del headers[DECODED]
    if size is not None:
        headers[DECODED] = size
        if size.strip() != str(len(content)):
            raise gateway._IncompleteRequestBody("the chunks hold another size than x-amz-decoded-content-length")
    return content


def _checking_md5(inner: Callable[..., Any]) -> Callable[..., Any]:
    def validate_content_md5(headers: dict[str, str], body: Any) -> Any:
        if not isinstance(body, StoredBody) or not headers.get("content-md5"):
            return inner(headers, body)
        digest = _digest(hashlib.md5(usedforsecurity=False), body)
        if headers["content-md5"].encode() == base64.b64encode(digest):
            return None
        return inner(headers, b"") or inner(headers, b"\0")  # its words: one of the two has another digest

    return validate_content_md5


def _computing(s3: Any, inner: Callable[..., Any]) -> Callable[..., Any]:
    def compute_s3_checksum(algorithm: str, body: Any) -> Any:
        if not isinstance(body, StoredBody):
            return inner(algorithm, body)
        match (algorithm or "").upper().replace("_", ""):
            case "SHA256":
                checksum = _digest(hashlib.sha256(), body)
            case "SHA1":
                checksum = _digest(hashlib.sha1(usedforsecurity=False), body)
            case "CRC32":
                checksum = struct.pack(">I", _crc32(body))
            case "CRC32C":
                checksum = struct.pack(">I", _by_table(body, s3._CRC32C_TABLE, s3._CRC32C_INIT))
            case "CRC64NVME":
                checksum = struct.pack(">Q", _by_table(body, s3._CRC64NVME_TABLE, s3._CRC64NVME_INIT))
            case _:
                return inner(algorithm, b"")
        return base64.b64encode(checksum).decode()

    return compute_s3_checksum


def _digest(algorithm: Any, body: StoredBody) -> bytes:
    for piece in body.pieces():
        algorithm.update(piece)
    return bytes(algorithm.digest())


def _crc32(body: StoredBody) -> int:
    checksum = 0
    for piece in body.pieces():
        checksum = zlib.crc32(piece, checksum)
    return checksum


def _by_table(body: StoredBody, table: tuple[int, ...], ones: int) -> int:
    """A reflected CRC with all ones at both ends, by ministack's tables; some seconds for 100 MB."""
    checksum = ones
    for piece in body.pieces():
        for byte in piece:
            checksum = table[(checksum ^ byte) & 0xFF] ^ (checksum >> 8)
    return checksum ^ ones
