"""The HTTP front of a model server: /ping and /invocations, as SageMaker calls them, and an algorithm's parameters.

It responds at once even while the model is busy: /ping returns 503 until a worker has loaded the model.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from local_aws.runtimes.inside.serving.pool import ModelProcessError, Pool
from local_aws.runtimes.inside.serving.wire import Message

MEGABYTE = 1024 * 1024


class Front:
    """The ASGI application. ``payload_megabytes`` limits a request's body, as MaxPayloadInMB does.

    Only an ``algorithm`` of AWS's answers /execution-parameters; a script's batch transform has SageMaker's defaults.
    """

    def __init__(self, pool: Pool, payload_megabytes: int, *, algorithm: bool = False) -> None:
        self._pool = pool
        self._payload_megabytes = payload_megabytes
        self.loaded = False
        self._routes = {
            ("GET", "/ping"): self._ping,
            ("POST", "/invocations"): self._invocations,
            **({("GET", "/execution-parameters"): self._execution_parameters} if algorithm else {}),
        }

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Respond to one HTTP request."""
        route, response = self._routes.get((scope["method"], scope["path"])), Response(send)
        if route is None:
            routes = ", ".join(f"{method} {path}" for method, path in self._routes)
            await response.end(text(404, f"No {scope['method']} {scope['path']} here; there are {routes}."))
        else:
            await response.end(await route(scope, receive, response))

    async def _ping(self, *_: Any) -> Message:
        return text(200, "") if self.loaded else text(503, "The model is still loading.")

    async def _execution_parameters(self, *_: Any) -> Message:
        parameters = {
            "MaxConcurrentTransforms": self._pool.size,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self._payload_megabytes,
        }
        return Message({"status": 200, "content_type": "application/json"}, json.dumps(parameters).encode())

    async def _invocations(self, scope: dict[str, Any], receive: Any, response: Response) -> Message:
        if not self.loaded:
            return text(503, "The model is still loading.")
        return await predicted(self._pool, scope, receive, response, self._payload_megabytes)


class Response:
    """One response, whole or in parts, by ASGI."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self.has_begun = False

    async def part(self, message: Message) -> None:
        """Send a part; the first one's header is the response's."""
        await self._begin(message, {})
        await self._send({"type": "http.response.body", "body": message.body, "more_body": True})

    async def end(self, message: Message) -> None:
        """Send the last part, or the whole."""
        await self._begin(message, {"content-length": str(len(message.body))})  # asynchronous endpoints need it
        await self._send({"type": "http.response.body", "body": message.body})

    async def _begin(self, message: Message, more: dict[str, str]) -> None:
        if not self.has_begun:
            self.has_begun = True
            headers = {"content-type": message.header["content_type"], **message.header.get("headers", {}), **more}
            encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
            await self._send({"type": "http.response.start", "status": message.header["status"], "headers": encoded})


async def predicted(
    pool: Pool, scope: dict[str, Any], receive: Any, response: Response, payload_megabytes: int
) -> Message:
    """The response of a model to a request, or its last part, or why it has none."""
    body = await read_body(receive, payload_megabytes * MEGABYTE)
    if body is None:
        return text(413, f"The body is larger than {payload_megabytes} MB.")
    headers = {_header_name(name): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        return await pool.answer(Message({"headers": headers}, body), response.part)
    except ModelProcessError as error:
        sys.stderr.write(f"{error}\n")
        if response.has_begun:
            raise  # the server closes the connection, so that the client notices
        return text(500, str(error))


def text(status: int, content: str) -> Message:
    """A response of plain text."""
    return Message({"status": status, "content_type": "text/plain"}, content.encode())


def _header_name(name: bytes) -> str:
    return "-".join(part.capitalize() for part in name.decode("latin-1").split("-"))


async def read_body(receive: Any, limit: int) -> bytes | None:
    """Read the whole body, or return None if it has more than ``limit`` bytes."""
    body = bytearray()
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > limit:
            return None
        if not event.get("more_body"):
            return bytes(body)
