"""The HTTP front of a multi-model server: SageMaker's contract for containers with several models."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote

from local_aws.runtimes.inside.serving.front import MEGABYTE, Response, predicted, read_body, text
from local_aws.runtimes.inside.serving.models import ModelError, Models
from local_aws.runtimes.inside.serving.wire import Message

PATH = re.compile(r"/models(?:/(?P<name>[^/]+)(?P<invoke>/invoke)?)?")
PAGE = 100
"""Models in one response to GET /models."""


class ModelsFront:
    """The ASGI application. ``payload_megabytes`` limits a request's body."""

    def __init__(self, models: Models, payload_megabytes: int) -> None:
        self._models, self._payload_megabytes = models, payload_megabytes

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Respond to one HTTP request."""
        response = Response(send)
        try:
            message = await self._respond(scope, receive, response)
        except ModelError as error:
            message = _json({"code": error.status, "type": error.kind, "message": str(error)}, error.status)
        await response.end(message)

    async def _respond(self, scope: dict[str, Any], receive: Any, response: Response) -> Message:
        method, path = scope["method"], PATH.fullmatch(scope["path"])
        if (method, scope["path"]) == ("GET", "/ping"):
            return text(200, "")
        if path is None:
            return text(404, f"No {method} {scope['path']} here: this server has several models.")
        name = unquote(path["name"]) if path["name"] else None
        if name is None:
            return await self._list(scope) if method == "GET" else await self._load(receive)
        if path["invoke"]:
            return await predicted(self._models.pool(name), scope, receive, response, self._payload_megabytes)
        if method == "DELETE":
            await self._models.unload(name)
            return _json({"status": f'Model "{name}" unregistered'})
        self._models.pool(name)
        return _json(_described(name, self._models.urls[name]))

    async def _load(self, receive: Any) -> Message:
        try:
            request = json.loads(await read_body(receive, MEGABYTE) or b"")
            name, url = str(request["model_name"]), str(request["url"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(400, "BadRequestException", f"Write model_name and url as JSON: {error}") from error
        await self._models.load(name, url)
        return _json({"status": f'Model "{name}" registered'})

    async def _list(self, scope: dict[str, Any]) -> Message:
        token = parse_qs(scope.get("query_string", b"").decode()).get("next_page_token", ["0"])[0]
        first = int(token) if token.isdigit() else 0
        urls = list(self._models.urls.items())
        listed: dict[str, Any] = {"models": [_described(*item) for item in urls[first : first + PAGE]]}
        if len(urls) > first + PAGE:
            listed["nextPageToken"] = str(first + PAGE)
        return _json(listed)


def _described(name: str, url: str) -> dict[str, str]:
    return {"modelName": name, "modelUrl": url}


def _json(content: dict[str, Any], status: int = 200) -> Message:
    return Message({"status": status, "content_type": "application/json"}, json.dumps(content).encode())
