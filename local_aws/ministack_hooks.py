"""The only file that touches ministack, the general emulator below. Its hooks are private, hence the pinned version.

`tests/local_aws/test_ministack_hooks.py` fails, naming the hook, when another version has changed one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import ministack.app as gateway
from ministack.core import lambda_runtime, router
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge

from local_aws.api.errors import Response
from local_aws.api.service import Scope
from local_aws.clients import Credentials

if TYPE_CHECKING:
    from local_aws.backend import Backend

log = logging.getLogger("local_aws")

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def application(backend: Backend) -> Application:
    """Ministack's ASGI application with our services mounted. Call it on the event loop that will serve."""
    global _loop
    _loop = asyncio.get_running_loop()

    async def sagemaker(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: Any) -> Response:
        return backend.sagemaker.respond(current_scope(), headers.get("x-amz-target", ""), body)

    gateway.SERVICE_HANDLERS["sagemaker"] = sagemaker
    router.SERVICE_PATTERNS["sagemaker"] = {"target_prefixes": ["SageMaker."], "host_patterns": [r"sagemaker\."]}
    return _refusing_browsers(gateway.app)


_loop: asyncio.AbstractEventLoop | None = None


def current_scope() -> Scope:
    """Account and region of the request that is being answered."""
    return Scope(get_account_id(), get_region())


def emit_event(scope: Scope, entry: dict[str, Any]) -> None:
    """Put an event of an AWS service on the default bus, from any thread."""
    if _loop is None or _loop.is_closed():
        return
    _loop.call_soon_threadsafe(_put_event, scope, entry)


def _put_event(scope: Scope, entry: dict[str, Any]) -> None:
    with request_scope(scope.account, scope.region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def role_credentials(scope: Scope, role_arn: str) -> Credentials:
    """What a program that runs as ``role_arn`` signs with: the account itself, unless IAM is enforced."""
    del role_arn
    return Credentials(scope.account, "local")


def stop_lambda_workers() -> None:
    """End the processes that execute Lambda functions."""
    lambda_runtime.reset()


def _refusing_browsers(inner: Application) -> Application:
    """Web pages may not use this server: whoever can create a job here runs code on this machine.

    Browsers add Origin to every request that could change something; AWS clients never do.
    """

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"The local AWS does not answer web pages."})
            return
        await inner(scope, receive, send)

    return application
