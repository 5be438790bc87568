"""Sends an ASGI request on to MLflow, and its response back, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any
from urllib.parse import quote

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from local_aws.api.errors import AwsError
from local_aws.mlflow.program import MlflowProgram

PIECE = 256 * 1024
MAX_BODY = 64 << 20
"""Bytes of a request: MLflow takes metadata, artifacts go to S3."""
REQUEST_HEADERS = frozenset({b"accept", b"accept-encoding", b"content-type", b"if-modified-since", b"if-none-match"})
"""What MLflow gets of the client's headers: no cookies, credentials, origins or hosts."""
NOT_RETURNED = frozenset({"connection", "keep-alive", "server", "set-cookie", "transfer-encoding"})


async def body_of(receive: Callable[[], Any]) -> bytes:
    """The whole body of an ASGI request. Raises `AwsError` for one that is too large."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > MAX_BODY:
            raise AwsError("RequestEntityTooLarge", "The request is too large for MLflow.", 413)
        if not message.get("more_body", False):
            return b"".join(parts)


async def forward(
    threads: Executor, start: Callable[[], MlflowProgram], scope: dict[str, Any], body: bytes, send: Any
) -> None:
    """Respond with MLflow's response. Raises `AwsError` if MLflow can't be started or reached."""
    loop = asyncio.get_running_loop()
    headers = _selected(scope["headers"])
    target = _target(scope)

    def request() -> BaseHTTPResponse:
        try:
            return start().request(scope["method"], target, headers, body)
        except HTTPError as error:
            raise AwsError("DependencyFailure", f"MLflow does not answer: {error}", 424) from error

    response = await loop.run_in_executor(threads, request)
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": _returned(response)})
        while piece := await loop.run_in_executor(threads, response.read, PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        response.release_conn()


def _selected(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in REQUEST_HEADERS}


def _target(scope: dict[str, Any]) -> str:
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1").partition("?")[0]
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _returned(response: BaseHTTPResponse) -> list[tuple[bytes, bytes]]:
    pairs = [(name.lower(), value) for name, value in response.headers.items()]
    return [(name.encode(), value.encode("latin-1")) for name, value in pairs if name not in NOT_RETURNED]
