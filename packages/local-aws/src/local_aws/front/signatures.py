"""Accepts only requests that are signed: with the secret of the server, of a role's session or of a user's access key.

The server's secret is random per state folder and readable by its user only (see `secret_of`), so neither a web page
nor another user of the machine can sign. AWS refuses most unsigned requests too; docs/local-aws-security.md lists those
that AWS accepts and this server refuses. Its assertion signs AssumeRoleWithSAML (see `unsigned`).

The signature is checked before the body is read if the client sends the body's digest, as every S3 client does.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, quote

from local_aws.api.errors import AwsError, Response
from local_aws.api.numbers import is_digits
from local_aws.files.chunked_bodies import Frames
from local_aws.files.stored_bodies import GrowingBody, StoredBody
from local_aws.front.browsers import Application
from local_aws.front.large_bodies import PIECE, STORED, joined
from local_aws.front.unsigned import headers_of_unsigned, is_unsigned_operation, may_be_unsigned

log = logging.getLogger("local_aws")

CALLER = "local_aws.caller"
"""Key of the ASGI scope: the access key whose signature was verified."""
REQUEST = "local_aws.request"
"""Key of the ASGI scope: the `SignedRequest` whose signature was verified."""
OPEN = frozenset({("GET", "/_ministack/health")})
"""Requests that any user of this machine may send: they report that the server runs, its version and its services."""
CAPABILITIES = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
"""PUT below these paths is authorized by the random token in the path, as with a presigned URL."""
REGISTRY = re.compile(
    r"/v2/?|/v2/_catalog|/v2/(?!email)[^?]+?/(manifests/[^/]+|blobs/uploads/[^/]*|blobs/sha256:[0-9a-f]{64}|tags/list)"
)
"""The paths of ECR's registry; other services also have paths below /v2/."""
FORM = b"application/x-www-form-urlencoded"
UPLOAD_FORM = "multipart/form-data"
MISSING = AwsError("MissingAuthenticationToken", "Request is missing Authentication Token")
MALFORMED = AwsError("IncompleteSignature", "The request signature does not conform to AWS standards.")
DIGEST = re.compile(r"[0-9a-f]{64}")
MAX_OBJECT = 5 << 30
"""Maximum size of a PutObject or UploadPart: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
MAX_UNDIGESTED = 80 << 20
"""Maximum size of a body that is read before its sender is known. The largest are Lambda's archives, in base64."""
MAX_OPEN = 1 << 20
"""Maximum size of a body without a signature."""
DRAINED = 1 << 20
"""Bytes of a refused request's body that are still read, so that its sender gets the response, not a reset."""


@dataclass(frozen=True)
class SignedRequest:
    """An HTTP request without its body, as its sender signed it."""

    method: str
    path: str
    """Percent-encoded, as sent."""
    query: dict[str, list[str]]
    headers: dict[str, str]

    @classmethod
    def from_scope(cls, scope: dict[str, Any]) -> SignedRequest:
        """Create it from ASGI's scope. Values of a repeated header are joined by a comma, as SigV4 signs them."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("utf-8", "replace")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
        query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
        return cls(scope["method"], raw_path.decode("latin-1").partition("?")[0], query, headers)

    @property
    def is_presigned_object(self) -> bool:
        """Whether it is a presigned URL of S3, whose signature does not cover the body."""
        scope = (self.query.get("X-Amz-Credential") or [""])[0].split("/")
        by_version_4 = len(scope) == 5 and scope[3] == "s3"
        return "authorization" not in self.headers and (by_version_4 or "AWSAccessKeyId" in self.query)

    @property
    def is_upload_form(self) -> bool:
        """Whether it is an HTML form for S3 (PostObject), whose fields have the signature of its policy."""
        form = self.headers.get("content-type", "").startswith(UPLOAD_FORM)
        return self.method == "POST" and form and "authorization" not in self.headers and not self.query

    @property
    def digest(self) -> str:
        """The value of `x-amz-content-sha256`: the body's SHA-256, a marker such as UNSIGNED-PAYLOAD, or empty."""
        return self.headers.get("x-amz-content-sha256", "")


Files = Callable[[SignedRequest, int], GrowingBody | None]
"""Begins a file for a request's body of this size; None for one that is handed on in memory."""


class Verifier(Protocol):
    """Knows the secrets, and refuses a request as its service would."""

    def head(self, request: SignedRequest) -> str | None:
        """The access key if the signature can be verified without the body, otherwise None; raises `AwsError`."""

    def whole(self, request: SignedRequest, body: bytes | Frames) -> str:
        """The access key that signed the request with this body; raises `AwsError`."""

    def form(self, request: SignedRequest, body: bytes) -> str:
        """The access key that signed the policy of an upload form; raises `AwsError`. S3 checks its conditions."""

    def registry(self, request: SignedRequest) -> str:
        """The access key for which a `docker login` token was issued; raises `AwsError`."""

    def refuse(self, request: SignedRequest, error: AwsError) -> Response:
        """The error with the message and the format of the request's service."""


def requiring_signatures(verifier: Verifier, inner: Application, files: Files = lambda *_: None) -> Application:
    """Wrap ``inner`` to refuse requests without a valid signature."""
    refused = _Refusals()

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        request, body = SignedRequest.from_scope(scope), _Body(receive)
        try:
            if _is_open(scope["method"], scope["path"]):
                await body.read(_declared_size(request), MAX_OPEN)
                receive = body.replay
            elif REGISTRY.fullmatch(scope["path"]):
                scope[CALLER] = verifier.registry(request)
            elif _declared_size(request) <= MAX_OPEN and may_be_unsigned(scope):
                content = await body.read(_declared_size(request), MAX_OPEN)
                if not is_unsigned_operation(content):
                    raise MISSING
                scope["headers"] = headers_of_unsigned(content)
                receive = body.replay
            else:
                scope[CALLER] = await _admit(verifier, request, body, files)
                scope[REQUEST] = request
                receive = body.replay
                if request.is_presigned_object:
                    scope["headers"] = [_for_objects(header) for header in scope["headers"]]
        except (AwsError, ValueError, TypeError, OverflowError) as refusal:  # the parsers' errors for malformed input
            error = refusal if isinstance(refusal, AwsError) else MALFORMED
            refused.count(request, error)
            with suppress(_GoneError):
                await body.drain()
            await _send(send, verifier.refuse(request, error), head=request.method == "HEAD")
            return
        except _GoneError:
            return
        await inner(scope, receive, send)

    return application


def _for_objects(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A header for an object's upload: a form's content type would let the body name another service."""
    name, value = header
    return (name, b"binary/octet-stream") if name == b"content-type" and value.startswith(FORM) else header


def _is_open(method: str, path: str) -> bool:
    return (method, path) in OPEN or (method == "PUT" and path.startswith(CAPABILITIES))


async def _admit(verifier: Verifier, request: SignedRequest, body: _Body, files: Files) -> str:
    size = _declared_size(request)
    if size <= PIECE and "authorization" in request.headers and not request.digest:
        return verifier.whole(request, await body.read(size, PIECE))  # one check is enough for a small body
    if request.is_upload_form:
        return await asyncio.to_thread(verifier.form, request, await body.read(size, MAX_UNDIGESTED))
    access_key = verifier.head(request)
    file = files(request, size) if access_key and size <= MAX_OBJECT else None
    content = await body.read(size, MAX_OBJECT if access_key else MAX_UNDIGESTED, file)
    if access_key is None and len(content) <= PIECE:
        return verifier.whole(request, content)
    if access_key is None:
        return await asyncio.to_thread(verifier.whole, request, content)
    if DIGEST.fullmatch(request.digest) and body.digest.hexdigest() != request.digest:
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise AwsError("XAmzContentSHA256Mismatch", message)
    if request.digest.startswith("STREAMING-AWS4"):  # each chunk has a signature, based on the first one
        await asyncio.to_thread(verifier.whole, request, body.frames or content)
    return access_key


def _declared_size(request: SignedRequest) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if is_digits(length) and len(length) < 20 else MAX_OBJECT + 1


class _Body:
    """A request's body: read once, then given to the application as one message."""

    def __init__(self, receive: Callable[[], Any]) -> None:
        self._receive = receive
        self._content = b""
        self._stored: StoredBody | None = None
        self._ended = False
        self._replayed = False
        self.digest = hashlib.sha256()

    async def read(self, declared: int, limit: int, file: GrowingBody | None = None) -> bytes:
        """The whole body, or nothing if ``file`` has it.

        Raises `AwsError` for more than ``limit`` bytes, before reading a larger declared size.
        """
        parts, size = [], 0
        while declared <= limit and not self._ended:
            part = await self._next()
            size += len(part)
            if size > limit:
                break
            self.digest.update(part)
            parts.append(part)
            if file and sum(map(len, parts)) >= PIECE:
                parts, file = await _moved(parts, file)
        if not self._ended:
            raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        if file:
            parts, file = await _moved(parts, file)
        self._stored = file.end() if file else None
        self._content = await joined(parts)
        return self._content

    @property
    def frames(self) -> Frames | None:
        """The body, if a file has it, as one that was sent in chunks."""
        return Frames(self._stored) if self._stored else None

    async def drain(self) -> None:
        """Read on, for as long as the client is likely to send."""
        size = 0
        while not self._ended and size < DRAINED:
            size += len(await self._next())

    async def replay(self) -> dict[str, Any]:
        """ASGI's ``receive`` for the application."""
        if self._replayed:
            return dict(await self._receive())  # the end of the connection
        content, self._content, self._replayed = self._content, b"", True
        stored = {STORED: self._stored} if self._stored else {}
        return {"type": "http.request", "body": content, "more_body": False, **stored}

    async def _next(self) -> bytes:
        message = await self._receive()
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        if message["type"] != "http.request":
            raise _GoneError
        return bytes(message.get("body", b""))


async def _moved(parts: list[bytes], file: GrowingBody) -> tuple[list[bytes], GrowingBody | None]:
    """Write parts to the file; on a full disk, go on in memory with all that there is."""
    try:
        await asyncio.to_thread(file.append, b"".join(parts))
    except OSError as error:
        log.error("an upload is kept in memory, because it can't be written to the disk: %s", error)
        return [bytes(file.abandoned()), *parts], None
    return [], file


class _GoneError(Exception):
    """The client disconnected before its request was complete."""


class _Refusals:
    """Logs refusals: the first, the second, the fourth and so on, because a page can send millions."""

    def __init__(self) -> None:
        self._number = 0

    def count(self, request: SignedRequest, error: AwsError) -> None:
        self._number += 1
        if self._number & (self._number - 1) == 0:
            line = f"{request.method} {request.path}"[:200]
            log.warning("refused %r: %s (refusals so far: %d)", line, error.code, self._number)


async def _send(send: Any, response: Response, *, head: bool) -> None:
    status, headers, body = response
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if head else body})
