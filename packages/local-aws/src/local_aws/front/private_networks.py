"""Holds the callers that are in a VPC to what the VPC lets through; all others pass at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from local_aws.api.errors import Response
from local_aws.front.browsers import Application
from local_aws.front.signatures import CALLER, REQUEST, SignedRequest

CUT = "local_aws.cut"
"""Key of the ASGI scope: closes the connection without a response."""


class UnreachableError(Exception):
    """The VPC has no way to the service, so that no response comes back."""


class Gates(Protocol):
    """The VPCs of all callers."""

    def holds(self, access_key: str) -> bool:
        """Whether the caller is in a VPC."""

    def judge(self, access_key: str, request: SignedRequest, body: bytes) -> Response | None:
        """The refusal by an endpoint's policy, or None; raises `UnreachableError`."""

    def watch(self, access_key: str, request: SignedRequest) -> Callable[[bytes], None] | None:
        """What has to see the response's body, if it hands out credentials: their calls come from the same VPC."""


def through_vpcs(gates: Gates, inner: Application) -> Application:
    """Wrap ``inner``, inside the check of signatures.

    On AWS a call without a way ends when the client's time to connect does. Here the connection is closed, which
    clients also report as an error of the connection, and sooner.
    """

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        caller, request = scope.get(CALLER), scope.get(REQUEST)
        if caller is None or request is None or not gates.holds(caller):
            await inner(scope, receive, send)
            return
        message = await receive()
        try:
            refusal = gates.judge(caller, request, message.get("body", b""))
        except UnreachableError:
            scope[CUT]()
            while message["type"] != "http.disconnect":
                message = await receive()
            return
        if refusal:
            await _refuse(send, refusal, head=request.method == "HEAD")
            return
        watch = gates.watch(caller, request)
        await inner(scope, _first(message, receive), _watched(watch, send) if watch else send)

    return application


def _first(message: dict[str, Any], receive: Any) -> Callable[[], Any]:
    waiting = [message]

    async def replay() -> Any:
        return waiting.pop() if waiting else await receive()

    return replay


def _watched(watch: Callable[[bytes], None], send: Any) -> Callable[[dict[str, Any]], Any]:
    async def watched(message: dict[str, Any]) -> None:
        watch(message.get("body", b""))
        await send(message)

    return watched


async def _refuse(send: Any, refusal: Response, *, head: bool) -> None:
    status, headers, body = refusal
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*pairs, length]})
    await send({"type": "http.response.body", "body": b"" if head else body})
