"""The way of the runtime API's requests: straight from the checks at the front to `Invocations`.

The emulator's gateway routes all other requests. It takes about a millisecond for it, which an invocation can't spare.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from uuid import uuid4

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.front.browsers import Application
from local_aws.front.signatures import CALLER, REQUEST, SignedRequest
from local_aws.sagemaker.hosting.invocation_modes import Answer
from local_aws.sagemaker.hosting.invocations import Invocations
from local_aws.sagemaker.hosting.streaming import Guarded

PREFIX = "/endpoints/"
SERVICE = "/sagemaker/aws4_request"
"""The end of a credential's scope. Runtime requests are signed for SageMaker itself."""

ScopeOf = Callable[[str, SignedRequest], Scope]
"""The account and region of a request, of an access key."""
Denial = Callable[[Scope, str, SignedRequest], AwsError | None]
"""Why the principal of an access key may not send a request, or None if it may."""


def answering_invocations(
    invocations: Invocations, scope_of: ScopeOf, denial: Denial, inner: Application
) -> Application:
    """Wrap ``inner`` to respond to the runtime API's requests, whose signatures have been checked."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        request: SignedRequest | None = scope.get(REQUEST)
        if request is None or not _is_invocation(request):
            await inner(scope, receive, send)
            return
        message = await receive()
        where, caller = scope_of(scope[CALLER], request), scope[CALLER]
        if denied := denial(where, caller, request):
            response = Answer(*denied.response("application/json"))
        else:
            response = await invocations.respond(
                where, request.method, request.path, request.headers, message.get("body", b"")
            )
        await _send(response, send)

    return application


def _is_invocation(request: SignedRequest) -> bool:
    if not request.path.startswith(PREFIX) or "x-amz-target" in request.headers:
        return False
    return SERVICE in (request.headers.get("authorization") or "".join(request.query.get("X-Amz-Credential", ())))


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


async def _send(response: Answer, send: Any) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"x-amzn-requestid", str(uuid4()).encode()))
    headers.append((b"date", _date(int(time.time()))))
    body = response.body
    if isinstance(body, bytes):
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        async for part in body:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if isinstance(body, Guarded):
            body.close()
