"""Operations of AWS's JSON protocol are asked for by POST, and by no other method."""

from __future__ import annotations

import json
from typing import Any

from local_aws.browsers import Application

_CODE = "UnknownOperationException"
_HEADERS = [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", _CODE.encode())]


def refusing_other_methods(inner: Application) -> Application:
    """Answer 404 to a request that names an operation in X-Amz-Target and is no POST; the emulator would run it."""

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
