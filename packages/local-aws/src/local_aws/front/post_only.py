"""Allows only POST for the operations of AWS's JSON protocol."""

from __future__ import annotations

import json
from typing import Any

from local_aws.front.browsers import Application

_CODE = "UnknownOperationException"
_HEADERS = [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", _CODE.encode())]


def refusing_other_methods(inner: Application) -> Application:
    """Respond with 404 to a non-POST request with X-Amz-Target, which the emulator would run."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        method = scope["method"] if scope["type"] == "http" else "POST"
        if method != "POST" and any(name == b"x-amz-target" for name, _ in scope["headers"]):
            message = f"{method} is no method of AWS's JSON protocol: send POST."
            body = json.dumps({"__type": _CODE, "message": message}).encode()
            await send({"type": "http.response.start", "status": 404, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
            return
        await inner(scope, receive, send)

    return application
