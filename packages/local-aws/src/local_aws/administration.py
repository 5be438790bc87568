"""What no AWS API offers: to cause events that AWS causes on its own schedule. Paths begin with ``/_local/``.

``POST /_local/sagemaker/interrupt/JOB`` reclaims the instances of a managed spot training job, as AWS does on demand.
Query: ``capacity_seconds`` until new ones are available (0), ``region`` and ``account`` (the server's own).
Requests are signed like all others. If IAM is enforced, only an account's own key may send them, because no policy
could allow them.

The emulator's own administration (``/_ministack/``, which can wipe everything) is closed, except for the paths that
AWS's APIs return as URLs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from local_aws.api.errors import AwsError
from local_aws.api.service import Scope
from local_aws.front.browsers import Application
from local_aws.front.signatures import CALLER, CAPABILITIES, OPEN
from local_aws.sagemaker.training_jobs import TrainingJobs
from local_aws.settings import Settings

PREFIX = "/_local/"
EMULATOR = ("/_ministack/", "/_localstack/")
HANDED_OUT = (*CAPABILITIES, *(path for _, path in OPEN))
DOWNLOADS = ("/_ministack/lambda-code/", "/_ministack/lambda-layers/")
"""Archives of functions and layers, at the presigned URLs that GetFunction and GetLayerVersion return."""
Answer = tuple[int, dict[str, Any]]
"""HTTP status, and a JSON object."""


def with_administration(settings: Settings, training_jobs: TrainingJobs, inner: Application) -> Application:
    """Wrap ``inner`` to respond to the paths below `PREFIX` here."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        closed = path.startswith(EMULATOR) and not (path.startswith(HANDED_OUT) or _is_download(scope))
        if not (closed or path.startswith(PREFIX)):
            await inner(scope, receive, send)
            return
        status, answer = 404, {"message": f"There is nothing at {path}."}
        if not closed:
            status, answer = _answer(settings, training_jobs, scope)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode() + b"\n"})

    return application


def _is_download(scope: dict[str, Any]) -> bool:
    """Whether it is a presigned URL as the server creates them, with an account's own key."""
    presigned = b"X-Amz-Signature=" in scope["query_string"]
    return scope["path"].startswith(DOWNLOADS) and presigned and scope[CALLER].isdigit()


def _answer(settings: Settings, training_jobs: TrainingJobs, scope: dict[str, Any]) -> Answer:
    path, _, name = scope["path"].removeprefix(PREFIX).rpartition("/")
    if path not in ACTIONS or not name:
        operations = ", ".join(f"POST {PREFIX}{action}/NAME" for action in ACTIONS)
        return 404, {"message": f"There is nothing at {scope['path']}; there is {operations}."}
    if scope["method"] != "POST":
        return 405, {"message": f"{scope['method']} changes nothing here: send POST."}
    if settings.iam and not scope[CALLER].isdigit():
        return 403, {"message": "Only the account itself may do this: sign with its own access key, of 12 digits."}
    query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
    where = Scope(query.get("account", settings.account), query.get("region", settings.region))
    try:
        return ACTIONS[path](training_jobs, where, unquote(name), query)
    except AwsError as error:
        return 404, {"message": error.message}


def _interrupt(training_jobs: TrainingJobs, scope: Scope, job: str, query: dict[str, str]) -> Answer:
    try:
        seconds = max(0.0, float(query.get("capacity_seconds", "0")))
    except ValueError:
        return 400, {"message": f"capacity_seconds is {query['capacity_seconds']!r}: write a number of seconds."}
    refusal = training_jobs.interrupt(scope, job, seconds)
    return (409, {"message": refusal}) if refusal else (200, {"TrainingJobName": job, "capacity_seconds": seconds})


ACTIONS: dict[str, Callable[[TrainingJobs, Scope, str, dict[str, str]], Answer]] = {"sagemaker/interrupt": _interrupt}
