"""What no AWS API offers: making happen, on purpose, what on AWS happens by itself. Paths begin with ``/_local/``.

``POST /_local/sagemaker/interrupt/JOB`` takes the instances away from a managed spot training job, as AWS does when it
needs them. Query: ``capacity_seconds`` until there are new ones (0), ``region`` and ``account`` (the server's own).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.browsers import Application

if TYPE_CHECKING:
    from local_aws.backend import Backend

PREFIX = "/_local/"
Answer = tuple[int, dict[str, Any]]
"""HTTP status, and JSON."""


def with_administration(backend: Backend, inner: Application) -> Application:
    """The application ``inner``, with the paths below `PREFIX` answered here."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await inner(scope, receive, send)
            return
        status, answer = _answer(backend, scope)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode() + b"\n"})

    return application


def _answer(backend: Backend, scope: dict[str, Any]) -> Answer:
    path, _, name = scope["path"].removeprefix(PREFIX).rpartition("/")
    if path not in ACTIONS or not name:
        known = ", ".join(f"POST {PREFIX}{action}/NAME" for action in ACTIONS)
        return 404, {"message": f"There is nothing at {scope['path']}; there is {known}."}
    if scope["method"] != "POST":
        return 405, {"message": f"{scope['method']} changes nothing here: send POST."}
    query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
    settings = backend.settings
    where = Scope(query.get("account", settings.account), query.get("region", settings.region))
    try:
        return ACTIONS[path](backend, where, unquote(name), query)
    except AwsError as error:
        return 404, {"message": error.message}


def _interrupt(backend: Backend, scope: Scope, job: str, query: dict[str, str]) -> Answer:
    try:
        seconds = max(0.0, float(query.get("capacity_seconds", "0")))
    except ValueError:
        return 400, {"message": f"capacity_seconds is {query['capacity_seconds']!r}: write a number of seconds."}
    refusal = backend.training_jobs.interrupt(scope, job, seconds)
    return (409, {"message": refusal}) if refusal else (200, {"TrainingJobName": job, "capacity_seconds": seconds})


ACTIONS: dict[str, Callable[[Backend, Scope, str, dict[str, str]], Answer]] = {"sagemaker/interrupt": _interrupt}
