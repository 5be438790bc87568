"""ministack's gateway: our services in its table, and wrappers of all handlers."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import botocore.credentials
import ministack.app as gateway
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from ministack.core import iam_actions, iam_evaluator, router
from ministack.core.responses import set_request_account_id, set_request_region

from local_aws.api.errors import AwsError, Response, not_implemented
from local_aws.api.service import Scope
from local_aws.cloudformation.patience import patient
from local_aws.front.absent_services import called, is_service
from local_aws.front.browsers import Application
from local_aws.front.constraints import refusing_broken
from local_aws.front.malformed import refusing_malformed
from local_aws.front.signatures import SignedRequest
from local_aws.iam.service_needs import caller
from local_aws.ministack.scope import current_scope

Handler = Callable[..., Awaitable[Response]]
ABSENT = "not-here"
"""The name, among ministack's services, of all that it lacks."""
DOWNLOAD_SECONDS = 600
"""How long the URL of a function's archive is valid, as on AWS."""
emulator: Application = gateway.app
"""ministack's ASGI application."""


def mount(name: str, handler: Handler, **patterns: list[str]) -> None:
    """Add a service; ``patterns`` are ministack's, by which it finds the requests of the service."""
    gateway.SERVICE_HANDLERS[name] = handler
    router.SERVICE_PATTERNS[name] = patterns


def scope_of(access_key: str, request: SignedRequest) -> Scope:
    """The account and region of a request, as the gateway determines them."""
    account = iam_evaluator.find_iam_access_key_account(access_key) if gateway.AUTH else None
    set_request_account_id(account or access_key)
    set_request_region(router.extract_region(request.headers, request.query))
    return current_scope()


def extend_on_first_use(name: str, extend: Callable[[], object]) -> None:
    """Call ``extend`` before a service's first request, because loading the service takes time."""
    inner, extended = gateway.SERVICE_HANDLERS[name], functools.cache(extend)

    async def service(*request: Any) -> Response:
        extended()
        response: Response = await inner(*request)
        return response

    gateway.SERVICE_HANDLERS[name] = service


def answer_stacks_patiently() -> None:
    """See `patience`."""
    inner = gateway.SERVICE_HANDLERS["cloudformation"]

    async def cloudformation(*request: Any) -> Response:
        return await patient(inner, request)

    gateway.SERVICE_HANDLERS["cloudformation"] = cloudformation


def prepare_handlers(ours: Iterable[str], secret: str) -> None:
    """Change the gateway's table, once it has all services. ``ours`` are the services that check their caller."""
    handlers = gateway.SERVICE_HANDLERS
    extend_on_first_use("lambda", lambda: _complete_functions(secret))
    for name in ours:
        handlers[name] = _knowing_callers(handlers[name])
    for name, handler in list(handlers.items()):
        handlers[name] = refusing_malformed(name, refusing_broken(name, handler, _malformed), _malformed)


def name_absent_services() -> None:
    """Refuse requests to services that are not here in their own protocol, and say what was called."""
    detect = gateway.detect_service
    router._is_aws_service_name = is_service  # ministack's own reads all models first

    def detect_service(*request: Any) -> str:
        service: str = detect(*request)
        return service if service in gateway.SERVICE_HANDLERS else ABSENT

    async def absent(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        operation, protocol = await asyncio.to_thread(called, method, path, headers, body, query)
        like = "lambda" if protocol == "rest-json" else "monitoring"  # which answers in the protocol of the request
        return _malformed(like, not_implemented(operation), headers)

    gateway.detect_service = detect_service
    mount(ABSENT, absent)


def _malformed(service: str, error: AwsError, headers: dict[str, str]) -> Response:
    """The error in a service's format, with the HTTP status of a client's mistake."""
    words = {"error_code": error.code, "message": error.message, "headers": headers}
    _, answered, body = iam_actions.access_denied_response(service, "", "", str(uuid.uuid4()), **words)
    return error.status, answered, body


def _knowing_callers(inner: Handler) -> Handler:
    """Wrap a handler so that its operations know their caller (see `caller`)."""

    async def service(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        before = caller.set(router.extract_access_key_id(headers, query) or "")
        try:
            response: Response = await inner(method, path, headers, body, query)
        finally:
            caller.reset(before)
        return response

    return service


def _complete_functions(secret: str) -> None:
    """Make Lambda presign the URLs of functions' and layers' archives, and name what a function raised."""
    from ministack.services import lambda_svc

    from local_aws.ministack.function_errors import name_raised_exceptions
    from local_aws.ministack.functions import extend_functions

    name_raised_exceptions()
    extend_functions()
    for name in ("_presigned_code_url", "_layer_content_url"):
        setattr(lambda_svc, name, _presigning(getattr(lambda_svc, name), secret))


def _presigning(inner: Callable[..., str], secret: str) -> Callable[..., str]:
    def presigned(*arguments: Any) -> str:
        scope, request = current_scope(), AWSRequest("GET", inner(*arguments).partition("?")[0])
        credentials = botocore.credentials.Credentials(scope.account, secret)
        S3SigV4QueryAuth(credentials, "s3", scope.region, expires=DOWNLOAD_SECONDS).add_auth(request)
        return str(request.url)

    return presigned
