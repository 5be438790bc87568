"""Wrappers of the handlers of ministack's services: the caller, malformed requests, and presigned URLs."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import botocore.credentials
import ministack.app as gateway
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from ministack.core import iam_actions, router
from ministack.core.responses import get_account_id, get_region

from local_aws.api.errors import AwsError, Response
from local_aws.api.service import Scope
from local_aws.front.malformed import refusing_malformed
from local_aws.iam.service_needs import caller

Handler = Callable[..., Awaitable[Response]]
DOWNLOAD_SECONDS = 600
"""How long the URL of a function's archive is valid, as on AWS."""


def prepare_handlers(checking: Iterable[str], secret: str) -> None:
    """Change the gateway's table, once it has all services. ``checking`` are the services that check their caller."""
    handlers = gateway.SERVICE_HANDLERS
    handlers["lambda"] = _with_signed_downloads(secret, handlers["lambda"])
    for name in checking:
        handlers[name] = _knowing_callers(handlers[name])
    for name, handler in list(handlers.items()):
        handlers[name] = refusing_malformed(name, handler, _malformed)


def _malformed(service: str, error: AwsError, headers: dict[str, str]) -> Response:
    """The error in a service's format, with the HTTP status of a client's mistake."""
    words = {"error_code": error.code, "message": error.message, "headers": headers}
    _, answered, body = iam_actions.access_denied_response(service, "", "", str(uuid.uuid4()), **words)
    return 400, answered, body


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


def _with_signed_downloads(secret: str, inner: Handler) -> Handler:
    """Wrap Lambda to presign the URLs of functions' and layers' archives, from its first call on."""

    async def functions(*request: Any) -> Response:
        from ministack.services import lambda_svc

        for name in ("_presigned_code_url", "_layer_content_url"):
            url = getattr(lambda_svc, name)
            if url.__module__ == lambda_svc.__name__:
                setattr(lambda_svc, name, _presigning(url, secret))
        return await inner(*request)

    return functions


def _presigning(inner: Callable[..., str], secret: str) -> Callable[..., str]:
    def presigned(*arguments: Any) -> str:
        scope, request = Scope(get_account_id(), get_region()), AWSRequest("GET", inner(*arguments).partition("?")[0])
        credentials = botocore.credentials.Credentials(scope.account, secret)
        S3SigV4QueryAuth(credentials, "s3", scope.region, expires=DOWNLOAD_SECONDS).add_auth(request)
        return str(request.url)

    return presigned
